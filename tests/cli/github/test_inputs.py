"""Inputs become options, and ``action.yml`` has them all."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hathora_deploy.cli.github.inputs import (
    InputError,
    command_line,
    input_names,
    taken,
    variable,
)
from hathora_deploy.cli.github.outputs import OUTPUTS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def test_every_option_of_a_deploy_is_an_input_with_a_description(action: Any) -> None:
    assert set(action["inputs"]) == set(input_names())
    assert all(each["description"].strip() for each in action["inputs"].values())


def test_inputs_reach_the_program_in_variables_and_no_command(action: Any) -> None:
    install, deploy = action["runs"]["steps"]
    assert deploy["env"] == {
        "PYTHON": "${{ steps.install.outputs.python }}",
        **{variable(name): f"${{{{ inputs.{name} }}}}" for name in input_names()},
    }
    assert "env" not in install
    assert all("${{" not in step["run"] for step in (install, deploy))


def test_every_output_is_handed_on(action: Any) -> None:
    assert {name: each["value"] for name, each in action["outputs"].items()} == {
        name: f"${{{{ steps.deploy.outputs.{name} }}}}" for name in OUTPUTS
    }


def test_the_action_installs_what_the_package_needs_each_by_its_digest() -> None:
    lock = (ROOT / "github-action" / "requirements.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==([\w.]+)[^\n]*\\\n +--hash=sha256:", lock, re.MULTILINE))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for each in map(Requirement, tomllib.loads(project)["project"]["dependencies"]):
        version = pinned.get(canonicalize_name(each.name), "0")
        assert each.specifier.contains(version), f"{each} is not there: make lock"


def test_what_keeps_the_action_from_being_installed_is_told_on_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install = runpy.run_path(str(ROOT / "github-action" / "install.py"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "gone" / "output"))
    main = install["main"]
    monkeypatch.setitem(main.__globals__, "found_or_made", lambda: tmp_path)
    assert main() == 1
    assert capsys.readouterr().out.startswith("::error title=GITHUB_OUTPUT cannot be written::")
    monkeypatch.setitem(main.__globals__, "found_or_made", tmp_path.mkdir)
    assert main() == 1
    assert "could not be installed::[Errno 17] File exists" in capsys.readouterr().out


def test_what_the_repository_says_to_installers_is_not_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install = runpy.run_path(str(ROOT / "github-action" / "install.py"))
    monkeypatch.chdir(tmp_path)
    told = tmp_path / "told"
    command = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(str(pathlib.Path.cwd()))"
    install["run"](sys.executable, "-c", command, str(told))
    assert tmp_path not in (place := Path(told.read_text()), *place.parents)


def test_inputs_become_the_words_that_a_person_would_type() -> None:
    assert command_line(
        {
            "path": "-server",
            "token": "--secret",
            "verify": "udp\n\n  http:/health  \n",
            "env": "A=1\r\nB= two\u2028words ",
            "dry-run": "True",
            "force": "false",
            "room": "false",
            "idle-timeout-enabled": "true",
            "requested-cpu": "2",
        }
    ) == [
        "deploy",
        "--env=A=1",
        "--env=B= two\u2028words",
        "--requested-cpu=2",
        "--idle-timeout-enabled",
        "--verify=udp",
        "--verify=http:/health",
        "--no-room",
        "--dry-run",
        "--token=--secret",
        "--output=json",
        "--",
        "-server",
    ]


def test_going_back_takes_what_says_where_and_leaves_the_rest() -> None:
    inputs = {"rollback-to": "v1.2.0", "app-id": "app-1", "requested-cpu": "2"}
    assert command_line(inputs) == [
        "rollback",
        "--app-id=app-1",
        "--output=json",
        "--yes",
        "--",
        "v1.2.0",
    ]
    assert command_line({"rollback-to": "previous"})[-2:] == ["--yes", "--"]


def test_nothing_goes_back_where_only_a_plan_was_asked_for() -> None:
    with pytest.raises(InputError, match="rollback-to"):
        command_line({"rollback-to": "previous", "dry-run": "true"})


def test_all_inputs_that_cannot_be_read_are_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        command_line({"dry-run": "yes", "room": "1"})
    assert set(caught.value.problems) == {"dry-run", "room"}


def test_no_program_that_is_started_inherits_an_input() -> None:
    environment = {"INPUT_TOKEN": " secret ", "INPUT_ENV": "", "HOME": "/home/game"}
    assert taken(environment) == {"token": "secret"}
    assert environment == {"HOME": "/home/game"}
