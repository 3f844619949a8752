"""Outputs and the summary, as the runner reads them from its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.cli.github.facts import Facts
from hathora_deploy.cli.github.outputs import OUTPUTS, outputs_of
from hathora_deploy.cli.github.step_files import (
    StepFile,
    StepFileError,
    write_outputs,
    write_summary,
)


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
    file = StepFile("GITHUB_OUTPUT", tmp_path / "output")
    write_outputs(file, outputs)
    write_outputs(file, {"verified": "true"})
    assert read(tmp_path / "output") == {**outputs, "verified": "true"}


def test_outputs_that_do_not_fit_on_the_disk_leave_no_half_of_one(tmp_path: Path) -> None:
    file = StepFile("GITHUB_OUTPUT", tmp_path / "output")
    write_outputs(file, {"build-id": "bld-1"})
    resource = pytest.importorskip("resource", reason="Windows has no limit for files")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.size() + 60, most))
    try:
        with pytest.raises(StepFileError, match="GITHUB_OUTPUT names, cannot be written: File"):
            write_outputs(file, {"build-tag": "x" * 100})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert read(file.path) == {"build-id": "bld-1"}


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


def test_after_a_rollback_it_is_known_what_was_gone_back_from_and_to() -> None:
    known = Facts(build_tag="v2", deployment_id="dep-2", live_id="dep-3", restored_id="dep-1")
    outputs = outputs_of({"error": {"type": "VerifyFailedError", "message": "no"}}, known)
    names = ("build-tag", "deployment-id", "previous-deployment-id", "rolled-back")
    assert [outputs[name] for name in names] == ["v2", "dep-2", "dep-1", "true"]


def test_a_summary_keeps_within_what_a_runner_takes(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_text("of an earlier step\n")
    file = StepFile("GITHUB_STEP_SUMMARY", path)
    write_summary(file, "é" * (1 << 20))
    write_summary(file, "more")
    assert path.stat().st_size <= 1 << 20
    assert path.read_text(encoding="utf-8").startswith("of an earlier step\né")
