"""``doctor`` before a deploy: what it finds, what it starts (nothing) and what it shows (no secret)."""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.tokens import Scope
from hathora_deploy.cli.command_scopes import scopes_of_commands
from hathora_deploy.client import HathoraCloud
from tests.cli.conftest import Cloud, Run
from tests.client.serving import Handler, served

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)


@pytest.fixture
def server(tmp_path: Path) -> Path:
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM debian\nCOPY . .\nEXPOSE 7777/udp\nCMD ./game\n")
    (folder / "game").touch(mode=0o755)
    return folder


@pytest.fixture
def late_cloud(local_cloud: RunningCloud) -> Iterator[str]:
    """The endpoint of a proxy before the local cloud, which says that it is two hours later."""

    def answer(handler: Handler) -> None:
        later = datetime.now(UTC) + timedelta(hours=2)
        told = format_datetime(later, usegmt=True)
        handler.date_time_string = lambda *_: told  # type: ignore[method-assign]  # what it sends as Date
        headers = {"Authorization": handler.headers["Authorization"] or ""}
        answer = requests.get(local_cloud.endpoint + handler.path, headers=headers, timeout=60)
        handler.send(answer.status_code, answer.content, Content_Type="application/json")

    with served() as proxy:
        proxy.answer = answer
        yield proxy.endpoint


def states(done: Any) -> dict[str, str]:
    """The worst that was found about each thing."""
    found: dict[str, str] = {}
    for finding in json.loads(done.stdout)["findings"]:
        before = found.get(finding["about"], "ok")
        found[finding["about"]] = max(
            before, finding["state"], key=["ok", "warning", "problem"].index
        )
    return found


def test_a_folder_and_a_cloud_that_are_fine_pass(
    run: Run, server: Path, local_cloud: RunningCloud
) -> None:
    done = run("doctor", server, HATHORA_DATA_DIR=str(local_cloud.data_dir))
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert f"ok       endpoint     {local_cloud.endpoint} serves the API, in 14 regions" in lines
    assert "ok       app          server, which the first deploy makes" in lines
    assert any(line.startswith("ok       Dockerfile   EXPOSE names 7777/udp") for line in lines)
    assert any(line.startswith("ok       local cloud  runs at ") for line in lines)
    (git,) = [number for number, line in enumerate(lines) if " git " in line and "no tag" in line]
    assert lines[git + 1].strip() == f"fix: git -C {server} init"


def test_no_local_cloud_is_started_to_look_at(run: Run, server: Path, tmp_path: Path) -> None:
    done = run("doctor", server, "-o", "json")
    assert done.returncode == 0, done.stdout
    found = states(done)
    assert found["local cloud"] == "warning"
    assert not {"endpoint", "token", "app"} & set(found)
    assert not (tmp_path / "cloud").exists()
    assert "hathora-deploy cloud start" in done.stdout


def test_an_engine_that_is_asked_for_and_does_not_answer_is_a_problem(
    run: Run, server: Path, tmp_path: Path
) -> None:
    nowhere = {"HATHORA_DATA_DIR": str(tmp_path / "none"), "DOCKER_HOST": "tcp://127.0.0.1:9"}
    words = ("doctor", server, "-o", "json")
    assert states(run(*words, **nowhere))["Docker"] == "warning"
    asked = run(*words, **nowhere, HATHORA_CLOUD_RUNTIME="docker")
    assert (asked.returncode, states(asked)["Docker"]) == (1, "problem")


def test_everything_is_looked_at_though_much_is_wrong(run: Run, server: Path) -> None:
    (server / "hathora.toml").write_text('[room]\nregoin = "Tokyo"\n')
    (server / "Dockerfile").write_text("FROM mcr.microsoft.com/windows:20H2\n")
    done = run(
        *("doctor", server, "-o", "json"),
        HATHORA_CLOUD_ENDPOINT="http://127.0.0.1:9",
        HATHORA_TOKEN="hathora_org_hush",
        ALL_PROXY="http://ada:hush@proxy.example.com:3128",
    )
    assert done.returncode == 1
    found = states(done)
    assert [about for about, state in found.items() if state == "problem"] == [
        *("settings", "Dockerfile", "endpoint")
    ]
    assert (found["token"], found["app"], found["clock"]) == ("warning",) * 3
    assert "did you mean region?" in done.stdout
    assert "refused the connection" in done.stdout
    assert "hush" not in done.stdout + done.stderr


def test_a_clock_that_is_off_and_a_token_that_may_little_are_found(
    run: Run, server: Path, late_cloud: str, local_cloud: RunningCloud
) -> None:
    variables = {"HATHORA_DATA_DIR": str(local_cloud.data_dir)}
    made = run(
        *("tokens", "create", f"reader-{uuid.uuid4().hex}", "--scope", "applications:read"),
        *("-o", "json"),
        **variables,
    )
    token = json.loads(made.stdout)["plainTextToken"]
    done = run(
        "doctor", server, "-o", "json", HATHORA_CLOUD_ENDPOINT=late_cloud, HATHORA_TOKEN=token
    )
    found = states(done)
    assert done.returncode == 1
    assert (found["clock"], found["token"]) == ("problem", "warning")
    (refused,) = (
        each["what"] for each in json.loads(done.stdout)["findings"] if each["about"] == "token"
    )
    assert re.search(r"\bdeploy \([^)]*builds:read-write, [^)]*deployments:read-write", refused)
    assert token not in done.stdout


def test_a_pipeline_without_a_token_is_told_so(run: Run, server: Path) -> None:
    done = run("doctor", server, "-o", "json", CI="true")
    assert done.returncode == 1
    assert states(done)["endpoint"] == "problem"
    assert "HATHORA_TOKEN is not set" in done.stdout


def test_a_working_folder_that_is_no_game_server_is_no_problem_unless_it_is_named(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "todo").touch()
    assert states(run("doctor", "-o", "json", cwd=folder))["folder"] == "warning"
    named = run("doctor", ".", "-o", "json", cwd=folder)
    assert (named.returncode, states(named)["folder"]) == (1, "problem")


@pytest.mark.parametrize(
    "words",
    [["deploy", "server", "--no-room"], ["status"], ["history"]],
    ids=lambda words: words[0],
)
def test_the_scopes_that_a_command_is_said_to_need_are_those_that_it_needs(
    cloud: Cloud, server: Path, local_cloud: RunningCloud, words: list[str]
) -> None:
    (server / "Dockerfile").write_text("FROM scratch\nCOPY . .\nEXPOSE 7777/udp\nCMD sleep 60\n")
    needed = set(scopes_of_commands()[words[0]])

    with HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint) as client:
        app = client.apps_v2.create_app(app_name="server", auth_configuration=AuthConfiguration())

        def run(scopes: set[Scope], *, code: int) -> str:
            token = client.tokens_v1.create_org_token(
                org_id=app.org_id, name=uuid.uuid4().hex, scopes=list(scopes)
            )
            done = cloud(
                *words,
                code=code,
                HATHORA_TOKEN=token.plain_text_token.reveal(),
                HATHORA_CLOUD_ENDPOINT=local_cloud.endpoint,
                HATHORA_APP_ID=app.app_id,
            )
            stderr: str = done.stderr
            return stderr

        run(needed, code=0)
        for word in {scope.removesuffix("-write") for scope in needed}:
            lacking = {scope for scope in needed if scope.removesuffix("-write") != word}
            assert "lacks the scope" in run(lacking, code=1)
