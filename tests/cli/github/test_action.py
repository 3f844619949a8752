"""The program that the action runs, with the environment that a runner gives it."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from hathora_deploy.cloud.daemon import RunningCloud
from tests.cli.github.test_step_files import read
from tests.cli.github.test_workflow_commands import heard


@dataclass(frozen=True)
class Step:
    """What a step has left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def commands(self) -> list[str]:
        return [line for line in heard(self.log) if not line.startswith("::add-mask::")]

    @property
    def result(self) -> Any:
        return json.loads(self.outputs["result-json"])


RunStep = Callable[..., Step]


@pytest.fixture
def step(tmp_path: Path, environment: dict[str, str], local_cloud: RunningCloud) -> RunStep:
    """Runs the program against the shared local cloud; keywords are inputs, with _ for -."""

    def step(
        *,
        event: Mapping[str, Any] | None = None,
        variables: Mapping[str, str] | None = None,
        **inputs: str,
    ) -> Step:
        (tmp_path / "event.json").write_text(json.dumps(event or {}))
        files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for each in files.values():
            each.write_text("")
        target = {"token": local_cloud.token.reveal(), "endpoint": local_cloud.endpoint}
        given = {**target, "app_id": "server", **inputs}
        done = subprocess.run(
            [sys.executable, "-m", "hathora_deploy.cli.github"],
            cwd=tmp_path,
            env={
                **environment,
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": str(tmp_path),
                "GITHUB_REPOSITORY": "studio/game",
                "GITHUB_EVENT_NAME": "pull_request" if event else "push",
                "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
                "RUNNER_TEMP": str(tmp_path),
                **{f"INPUT_{name.upper()}": value for name, value in given.items()},
                **{name: str(path) for name, path in files.items()},
                **(variables or {}),
            },
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert not done.stderr, "the order of two streams is not kept"
        written = {name: path.read_text() for name, path in files.items()}
        outputs = read(files["GITHUB_OUTPUT"])
        return Step(done.returncode, done.stdout, outputs, written["GITHUB_STEP_SUMMARY"])

    return step


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a server whose build log holds commands for the runner."""
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "Dockerfile").write_text(
        "FROM scratch\nLABEL a=1 \\\n  b='::error::owned'\nEXPOSE 7777/udp\nCMD sleep 60\n"
    )
    (folder / "id").write_text(token_hex())  # or the build of an earlier attempt would do
    return folder


@pytest.fixture
def app(cloud: Any) -> None:
    """An app of that name, which is gone after the test."""
    cloud("apps", "create", "server")


@pytest.mark.usefixtures("app", "folder")
def test_a_deploy_is_told_in_groups_outputs_and_a_summary(step: RunStep) -> None:
    first = step(path="server", env="LEVEL=1\nSECRET=abc|def")
    assert first.code == 0, first.log
    deployment = first.outputs["deployment-id"]
    groups = [line for line in first.commands if line.startswith("::group::")]
    assert groups == [
        "::group::Package server",
        "::group::Upload",
        f"::group::Build {first.outputs['build-id']}",
        "::group::Deploy",
    ]
    assert first.commands.count("::endgroup::") == len(groups)
    assert first.outputs["build-status"] == "succeeded"
    assert first.outputs["reused"] == "false"
    assert int(first.outputs["archive-bytes"]) > 0
    assert len(first.outputs["archive-digest"]) == 64
    assert first.outputs["previous-deployment-id"] == ""
    assert f"<code>{deployment}</code>" in first.summary

    second = step(path="server", env="LEVEL=2\nMODE=ranked", requested_cpu="1")
    assert second.outputs["reused"] == "true"
    assert second.outputs["previous-deployment-id"] == deployment
    assert "| ~ | <code>requestedCPU</code> | <code>0.5</code> | <code>1</code> |" in second.summary
    assert "| ~ | <code>env.LEVEL</code> |  |  |" in second.summary
    assert f"hathora-deploy rollback {deployment} --app-id" in second.summary
    for each in (first, second):
        assert "abc|def" not in each.log + each.summary + json.dumps(each.outputs)


@pytest.mark.usefixtures("app", "folder")
def test_the_token_and_upload_urls_are_masked_before_anything_else(
    step: RunStep, local_cloud: RunningCloud
) -> None:
    token = local_cloud.token.reveal()
    lines = step(path="server", force="true").log.splitlines()
    masks = [line.removeprefix("::add-mask::") for line in lines if line.startswith("::add-mask::")]
    assert lines[0] == f"::add-mask::{token}"
    assert any(base64.b64encode(token.encode()).decode()[:20] in each for each in masks)
    assert any(each.startswith("signature=") for each in masks)
    others = [line for line in lines if not line.startswith("::add-mask::")]
    assert not any(mask in line for mask in masks for line in others)


@pytest.mark.usefixtures("app")
def test_a_build_error_is_shown_on_the_line_of_the_dockerfile(step: RunStep, folder: Path) -> None:
    text = (folder / "Dockerfile").read_text()
    (folder / "game.Dockerfile").write_text(text + "RUN echo '::error::owned'\n")
    (folder / "hathora.toml").write_text('[build]\ndockerfile = "game.Dockerfile"\n')
    failed = step(path="server")
    assert failed.code == 3
    (error,) = [line for line in failed.commands if line.startswith("::error")]
    assert error.startswith("::error file=server/game.Dockerfile,line=6,title=The build failed::")
    assert failed.outputs["build-id"].startswith("bld-")
    assert failed.outputs["build-status"] == "failed"
    assert failed.outputs["deployment-id"] == ""
    assert failed.result["error"]["exitCode"] == 3
    assert "The end of the build log" in failed.summary


@pytest.mark.usefixtures("app", "folder")
def test_a_plan_is_no_failure_and_deploys_nothing(step: RunStep, cloud: Any) -> None:
    planned = step(path="server", dry_run="true")
    assert planned.code == 0, planned.log
    assert planned.result["hasChanges"]
    assert "### A deploy would change this" in planned.summary
    assert cloud.json("deployments", "--app-id", "server")["deployments"] == []


def test_an_input_that_is_wrong_is_named(step: RunStep) -> None:
    both = step(dry_run="yes", room="perhaps")
    assert both.code == 2
    assert [line.split("::")[1] for line in both.commands] == [
        "error title=Input room",
        "error title=Input dry-run",
    ]
    (said,) = step(path=".", requested_cpu="many").commands
    assert said.startswith("::error title=Input requested-cpu::'many' is not a valid float")


def test_a_pull_request_of_a_fork_is_told_why_it_has_no_token(step: RunStep) -> None:
    fork = {"pull_request": {"head": {"repo": {"full_name": "somebody/game"}}}}
    (said,) = step(token="", event=fork, path=".").commands
    assert "pull requests from forks get no secrets" in said
    own = {"pull_request": {"head": {"repo": {"full_name": "studio/game"}}}}
    (said,) = step(token="", event=own, path=".").commands
    assert "forks" not in said


@pytest.mark.usefixtures("app", "folder")
def test_nothing_is_deployed_where_the_runner_could_not_be_told(
    step: RunStep, cloud: Any, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "gone" / "output")
    failed = step(path="server", variables={"GITHUB_OUTPUT": nowhere})
    assert failed.code == 1
    (said,) = failed.commands
    assert said.startswith("::error title=The runner cannot be told::")
    assert f"{nowhere}, which GITHUB_OUTPUT names, cannot be written: No such file" in said
    assert "Nothing was deployed." in failed.summary
    assert cloud.json("deployments", "--app-id", "server")["deployments"] == []


@pytest.mark.usefixtures("app", "folder")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, as Linux has it")
def test_a_deploy_that_went_live_is_told_in_the_log_where_its_outputs_cannot_be_written(
    step: RunStep, cloud: Any
) -> None:
    failed = step(path="server", variables={"GITHUB_OUTPUT": "/dev/full"})
    assert failed.code == 1
    (live,) = cloud.json("deployments", "--app-id", "server")["deployments"]
    assert re.search(rf"^ *deployment-id +{live['deploymentId']}$", failed.log, re.MULTILINE)
    (said,) = [line for line in failed.commands if line.startswith("::error")]
    assert "/dev/full, which GITHUB_OUTPUT names, cannot be written: No space left" in said
    assert "### Deployed" in failed.summary


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"path": "x" * 300}, "cannot be looked at: File name too long"),
        ({"path": ".", "config": "x" * 300}, "cannot be looked at: File name too long"),
        ({"path": "no\nfolder"}, "there is no folder 'no%0Afolder'"),
        ({"path": ".", "token": "secret\udcff"}, "characters that no token has"),
    ],
)
def test_an_input_that_no_path_or_token_can_be_is_told_on_the_step(
    step: RunStep, inputs: dict[str, str], said: str
) -> None:
    failed = step(**inputs)
    assert failed.code == 2
    assert said in failed.commands[0]


def test_an_event_that_is_garbage_is_the_event_of_no_fork(step: RunStep, tmp_path: Path) -> None:
    (tmp_path / "garbage").write_text("[" * 200_000)
    garbage = {"GITHUB_EVENT_PATH": "garbage", "GITHUB_EVENT_NAME": "pull_request"}
    (said,) = step(token="", path=".", variables=garbage).commands
    assert said.startswith("::error title=A setting is wrong or missing::")
    assert "forks" not in said
