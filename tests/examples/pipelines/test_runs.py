"""The example pipelines plan, deploy and go back, in a repository like a studio's, against a real cloud."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4
from xml.etree import ElementTree as Xml

import pytest

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.client import HathoraCloud
from tests.examples.pipelines.scripts import EXAMPLES, azure, buildkite, circleci, jenkins, teamcity

if sys.platform == "win32":
    pytest.skip("the scripts are for a POSIX shell", allow_module_level=True)

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

ROOT = EXAMPLES.parents[1]
DOCKERFILE = 'FROM python:3.12\nCOPY . .\nEXPOSE 7777/udp\nCMD ["python3", "server.py"]\n'
SERVER = """\
import os, socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as game:
    game.bind(("0.0.0.0", int(os.environ.get("HATHORA_DEFAULT_PORT", "7777"))))
    while True:
        game.recvfrom(1024)
"""
IGNORED = (".cache", ".home", ".gitlab-ci-local", "deploy.xml", "deploy.env", "reports")


@dataclass(frozen=True)
class Studio:
    """A repository with a game server, and the variables that its pipelines have."""

    folder: Path
    cloud: HathoraCloud
    variables: dict[str, str]

    def run(self, *words: str | Path, code: int = 0, **variables: str) -> str:
        done = subprocess.run(
            [str(word) for word in words], cwd=self.folder, env={**self.variables, **variables},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout
        return done.stdout

    def live(self) -> dict[str, str]:
        """The variables of the game that is live."""
        latest = self.cloud.deployments_v3.get_latest_deployment()
        assert latest.deployment_tag == self.run("git", "rev-parse", "HEAD").strip()
        return {each.name: each.value.reveal() for each in latest.env}


@pytest.fixture(scope="module")
def studio(local_cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    home = tmp_path_factory.mktemp("studio")
    programs = home / "bin"
    programs.mkdir()
    # What is installed is this very version: that it can be is what `make setup` shows.
    for name, text in {
        "hathora-deploy": f'exec "{sys.executable}" -m hathora_deploy "$@"',
        "pip": 'case "$*" in "install --quiet hathora-deploy=="*) touch "$INSTALLED" ;; *) exit 1 ;; esac',
        "python": f'test "$2" != pip || exec touch "$INSTALLED"; exec "{sys.executable}" "$@"',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    client = HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint)
    app_id = client.apps_v2.create_app(
        app_name=f"studio-{uuid4().hex}", auth_configuration=AuthConfiguration()
    ).app_id
    variables = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "INSTALLED": str(home / "installed"),
        "CI": "true",
        "HATHORA_TOKEN": local_cloud.token.reveal(),
        "HATHORA_CLOUD_ENDPOINT": local_cloud.endpoint,
        "HATHORA_APP_ID": app_id,
        "HATHORA_VERIFY_STAY": "0",
        **{f"GIT_{who}_{what}": "dev@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }  # fmt: skip
    folder = home / "arena"
    (folder / "server").mkdir(parents=True)
    (folder / "server" / "Dockerfile").write_text(DOCKERFILE)
    (folder / "server" / "server.py").write_text(SERVER)
    (folder / ".gitignore").write_text("\n".join(IGNORED) + "\n")
    cloud = client.with_options(app_id=app_id)
    studio = Studio(folder, cloud, variables)
    studio.run("git", "init", "--quiet", "--initial-branch=main")
    studio.run("git", "remote", "add", "origin", "git@gitlab.example.com:studio/arena.git")
    studio.run("git", "add", ".")
    studio.run("git", "commit", "--quiet", "--message", "A game")
    yield studio
    client.apps_v2.delete_app(app_id=app_id)
    client.close()


@pytest.mark.parametrize(
    ("scripts", "environment"),
    [
        (jenkins, {"JENKINS_URL": "https://ci", "BUILD_NUMBER": "7", "BRANCH_NAME": "main"}),
        (teamcity, {"TEAMCITY_VERSION": "2026.1"}),
        (buildkite, {"BUILDKITE": "true", "BUILDKITE_BRANCH": "main"}),
        (azure, {"TF_BUILD": "True", "BUILD_SOURCEBRANCH": "refs/heads/main"}),
        (circleci, {"CIRCLECI": "true", "CIRCLE_BRANCH": "main"}),
    ],
)
def test_the_jobs_of_a_service_install_plan_and_deploy(
    studio: Studio, scripts: Callable[[], dict[str, list[str]]], environment: dict[str, str]
) -> None:
    jobs = scripts()
    assert sorted(jobs) == ["deploy", "plan", "rollback"]
    # So there is something new for each, and at each attempt.
    service = f"{scripts.__name__}-{uuid4().hex}"
    environment = {**environment, "HATHORA_DEPLOYMENT_ENV": f"SERVICE={service}"}
    Path(studio.variables["INSTALLED"]).unlink(missing_ok=True)
    plan = studio.run("sh", "-ec", "\n".join(jobs["plan"]), **environment)
    assert "a deploy would change this" in plan
    assert Path(studio.variables["INSTALLED"]).exists()
    said = studio.run("sh", "-ec", "\n".join(jobs["deploy"]), **environment)
    assert studio.live() == {"SERVICE": service}
    if scripts is teamcity:
        assert "##teamcity[setParameter name='env.VERIFIED' value='true']" in said
    else:
        (written,) = [word[6:] for word in jobs["deploy"][-1].split() if word.startswith("junit=")]
        report = studio.folder / written
        assert {"verify", "upload"} <= {
            case.get("name") for case in Xml.parse(report).iter("testcase")
        }
        report.unlink()
    # They all go back by this command, which the job of GitLab runs.
    assert jobs["rollback"][-1].endswith(" rollback --yes") or scripts is teamcity


def test_gitlab_deploys_hands_on_what_it_made_and_goes_back(studio: Studio) -> None:
    runner = shutil.which("gitlab-ci-local")
    if runner is None or shutil.which("rsync") is None:
        pytest.skip("npm install gitlab-ci-local@4.55.0, and its folder on the PATH; and rsync")
    text = (EXAMPLES / "gitlab-ci.yml").read_text(encoding="utf-8")
    # Without an image the runner has this machine's shell run the jobs.
    jobs = "\n".join(line for line in text.splitlines() if "image: python" not in line)
    told = "told: {stage: rollback, needs: [deploy], script: ['echo \"told of $DEPLOYMENT_ID\"']}"
    (studio.folder / ".gitlab-ci.yml").write_text(f"{jobs}\n{told}\n")
    names = [name for name in studio.variables if name.startswith("HATHORA_")]

    def run(*words: str, service: str = "gitlab") -> str:
        given = {name: studio.variables[name] for name in names}
        given["HATHORA_DEPLOYMENT_ENV"] = f"SERVICE={service}"
        flags = [f"--variable={name}={value}" for name, value in given.items()]
        return studio.run(runner, *flags, *words)

    run("deploy", service="earlier")
    said = run("--needs", "told")
    assert studio.live() == {"SERVICE": "gitlab"}
    made = studio.cloud.deployments_v3.get_latest_deployment()
    assert f"told of {made.deployment_id}" in said
    run("rollback")
    assert studio.live() == {"SERVICE": "earlier"}
    (studio.folder / ".gitlab-ci.yml").unlink()


def test_no_push_goes_past_the_hook_of_git_with_a_folder_that_cannot_be_deployed(
    studio: Studio, tmp_path: Path
) -> None:
    studio.run("git", "init", "--quiet", "--bare", tmp_path / "origin.git")
    shutil.copy(EXAMPLES / "pre-push", studio.folder / ".git" / "hooks" / "pre-push")
    push = ("git", "push", "--quiet", tmp_path / "origin.git", "main")
    dockerfile = studio.folder / "server" / "Dockerfile"
    dockerfile.rename(tmp_path / "Dockerfile")
    assert "Dockerfile" in studio.run(*push, code=1)
    (tmp_path / "Dockerfile").rename(dockerfile)
    studio.run(*push)
    (studio.folder / ".git" / "hooks" / "pre-push").unlink()


def test_pre_commit_runs_the_hooks_of_this_repository(studio: Studio, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "1")):
        studio.run("git", "-C", hooks, *words)
    revision = studio.run("git", "-C", hooks, "rev-parse", "HEAD").strip()
    # The language is another here, or pre-commit would install the package in a place of its own.
    config = tmp_path / "config.yaml"
    config.write_text(f"""
repos:
  - repo: {hooks}
    rev: {revision}
    hooks:
      - {{id: hathora-package, language: system, args: [./server]}}
      - {{id: hathora-deploy, language: system, args: [./server, --no-verify], stages: [manual]}}
""")
    run = (sys.executable, "-m", "pre_commit", "run", "--config", config, "--all-files")
    said = studio.run(*run, "--hook-stage", "manual", HATHORA_DEPLOYMENT_ENV="SERVICE=hook")
    assert said.count("Passed") == 2
    assert studio.live() == {"SERVICE": "hook"}
    (studio.folder / "server" / ".dockerignore").write_text("[\n")
    assert "Failed" in studio.run(*run, code=1)
    (studio.folder / "server" / ".dockerignore").unlink()
