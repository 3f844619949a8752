"""stdout is data, stderr is talk, and neither shows a secret."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hathora_deploy.api.apps import Application, AuthConfiguration
from hathora_deploy.api.deployments import DeploymentV3, EnvironmentVariable
from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.cli.output import Output, redacted
from hathora_deploy.secret import REDACTED, Secret

from .conftest import Run
from .terminal import on_terminal

DEPLOYMENT = DeploymentV3(
    app_id="app-1",
    build_id="bld-1",
    deployment_id="dep-1",
    requested_cpu=0.5,
    requested_memory_mb=512,
    created_by="somebody",
    created_at=datetime(2026, 1, 2, tzinfo=UTC),
    default_container_port=ContainerPort(
        name="default", port=7777, transport_type=TransportType.UDP
    ),
    additional_container_ports=[],
    rooms_per_process=1,
    env=[EnvironmentVariable(name="DB_PASSWORD", value=Secret("hunter2"))],
    idle_timeout_enabled=True,
)


def test_json_is_that_of_the_api_with_its_secrets_covered() -> None:
    shown = redacted(DEPLOYMENT)
    assert shown["requestedMemoryMB"] == 512
    assert shown["createdAt"] == "2026-01-02T00:00:00.000Z"
    assert shown["env"] == [{"name": "DB_PASSWORD", "value": REDACTED}]
    assert "deploymentTag" not in shown, "what is absent on the wire is absent here"


def test_the_secret_of_an_app_is_covered() -> None:
    app = Application(
        app_name="arena",
        app_id="app-1",
        app_secret=Secret("hunter2"),
        auth_configuration=AuthConfiguration(),
        service_config=None,
        org_id="org-1",
        created_by="somebody",
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        deleted_at=None,
        deleted_by=None,
    )
    assert "hunter2" not in json.dumps(redacted(app))


def test_an_empty_list_is_a_sentence_on_stderr_and_an_empty_list_in_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = Output()
    for output.is_json in (False, True):
        output.list("apps", [], titles="APP", cells=str, nothing="there are no apps")
    printed = capsys.readouterr()
    assert printed.err == "there are no apps\n"
    assert json.loads(printed.out) == {"apps": []}


def test_what_was_done_before_an_error_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()

    def fail_half_way() -> None:
        with output.one_by_one("deleted") as done:
            done("build-1")
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        fail_half_way()
    assert capsys.readouterr() == ("", "deleted build-1\n")
    output.is_json = True
    with output.one_by_one("deleted") as done:
        done("build-2")
    assert json.loads(capsys.readouterr().out) == {"deleted": ["build-2"]}


def test_what_is_done_is_talk_and_in_json_data(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.done("deleted", "bld-1", "bld-2")
    output.is_json = True
    output.done("deleted", "bld-1", "bld-2")
    printed = capsys.readouterr()
    assert printed.err == "deleted bld-1\ndeleted bld-2\n"
    assert json.loads(printed.out) == {"deleted": ["bld-1", "bld-2"]}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_a_terminal_shows_colours_where_they_are_wanted(
    tmp_path: Path, environment: dict[str, str], variables: dict[str, str], coloured: bool
) -> None:
    words = [sys.executable, "-m", "hathora_deploy", "no-such-command"]
    shown = on_terminal(words, cwd=tmp_path, env={**environment, **variables})
    assert "error: " in re.sub(r"\x1b\[[0-9;]*m", "", shown.text)
    assert ("\x1b[" in shown.text) is coloured


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "0"}, {"FORCE_COLOR": "1"}])
def test_a_pipe_gets_colours_only_by_force(run: Run, variables: dict[str, str]) -> None:
    done = run("no-such-command", **variables)
    assert ("\x1b[" in done.stderr) is (variables == {"FORCE_COLOR": "1"})


@pytest.mark.parametrize(
    "words", [["login", "--status", "-o", "json"], ["--help"], ["--version"], ["plan", "--help"]]
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_behind_stdout_is_an_error_without_a_traceback(
    tmp_path: Path, environment: dict[str, str], words: list[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "hathora_deploy", *words],
            cwd=tmp_path,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the result cannot be written to stdout: No space left")


def test_talk_is_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    Output().say("\x1b]0;owned\x07\x1b[31mred\x1b[0m")
    assert capsys.readouterr().err == "red\n"
