"""Outputs and the summary, as the runner reads them from its files."""

from __future__ import annotations

from pathlib import Path

from hathora_deploy.cli.github.facts import Facts
from hathora_deploy.cli.github.outputs import OUTPUTS, outputs_of
from hathora_deploy.cli.github.step_files import write_outputs, write_summary


def read(path: Path) -> dict[str, str]:
    """As a runner does: a name, the word that ends its value, lines, the word."""
    found: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").split("\n"))
    for line in lines:
        if line:
            name, word = line.split("<<", 1)
            value: list[str] = []
            while (each := next(lines)) != word:
                value.append(each)
            found[name] = "\n".join(value)
    return found


def test_no_value_can_set_another_output(tmp_path: Path) -> None:
    outputs = {"build-tag": "a\nEOF\nbuild-id<<EOF\nowned\nEOF", "build-id": "bld-1"}
    write_outputs(tmp_path / "output", outputs)
    write_outputs(tmp_path / "output", {"verified": "true"})
    assert read(tmp_path / "output") == {**outputs, "verified": "true"}


def test_outputs_are_known_as_far_as_a_deploy_got() -> None:
    known = Facts(build_id="bld-1", build_status="running", archive_bytes=7)
    error = {"error": {"type": "Interrupted", "message": "interrupted", "exitCode": 130}}
    outputs = outputs_of(error, known)
    assert tuple(outputs) == OUTPUTS
    assert {name: value for name, value in outputs.items() if value and name != "result-json"} == {
        "build-id": "bld-1",
        "build-status": "running",
        "archive-bytes": "7",
        "reused": "false",
        "verified": "false",
        "rolled-back": "false",
    }


def test_a_summary_keeps_within_what_a_runner_takes(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_text("of an earlier step\n")
    write_summary(path, "é" * (1 << 20))
    write_summary(path, "more")
    assert path.stat().st_size <= 1 << 20
    assert path.read_text(encoding="utf-8").startswith("of an earlier step\né")
