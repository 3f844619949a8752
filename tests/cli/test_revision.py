"""The revision that a deploy is tagged with, on somebody's machine and in a pipeline."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from .conftest import Cloud

PIPELINE = {
    "JENKINS_URL": "https://jenkins.example/",
    "BUILD_NUMBER": "17",
    "BUILD_URL": "https://jenkins.example/job/game/17/",
    "P4_CHANGELIST": "12345",
}


@pytest.fixture
def server(tmp_path: Path) -> Path:
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "game.py").write_text("")
    (folder / "Dockerfile").write_text('FROM scratch\nEXPOSE 7777/udp\nCOPY . /\nCMD ["x"]\n')
    return folder


def commit(folder: Path) -> None:
    author = ("-c", "user.name=test", "-c", "user.email=test", "-c", "commit.gpgsign=false")
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "Begin"]):
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)


def test_a_pipeline_deploys_no_changes_unless_it_is_told_to(cloud: Cloud, server: Path) -> None:
    commit(server)
    (server / "game.py").write_text("# changed\n")
    (server / "made").write_text("")
    refused = cloud(server, "--local", "--output", "json", code=1, CI="true")
    error = json.loads(refused.stdout)["error"]
    assert (error["type"], error["files"]) == ("UncommittedError", ["game.py"])
    assert "--allow-dirty" in refused.stderr
    assert cloud.json("apps") == {"apps": []}
    cloud("builds", "create", server, "--local", code=1, CI="true")

    allowed = cloud.json(
        server, "--local", "--no-room", CI="true", HATHORA_ALLOW_DIRTY="1", **PIPELINE
    )
    assert allowed["revision"]["changed"] == ["game.py"]
    assert allowed["revision"]["untracked"] == ["made"]
    assert allowed["deployment"]["deploymentTag"] == f"{allowed['revision']['sha']}-dirty"


def test_elsewhere_changes_are_a_warning_that_names_them(cloud: Cloud, server: Path) -> None:
    commit(server)
    (server / "game.py").write_text("# changed here\n")
    done = cloud("builds", "create", server, "--local")
    assert "warning   the folder has changes that are not in " in done.stderr
    assert done.stderr.count(": game.py\n") == 1


def test_without_git_the_pipeline_names_the_revision_of_a_folder_and_of_an_archive(
    cloud: Cloud, server: Path, tmp_path: Path
) -> None:
    cloud("package", server)
    for source in (server, tmp_path / "server.tgz"):
        done = cloud.json(source, "--local", "--no-room", **PIPELINE)
        assert done["deployment"]["deploymentTag"] == done["revision"]["change"] == "p4-12345"
        assert done["pipeline"] == {
            "service": "Jenkins",
            "url": "https://jenkins.example/job/game/17/",
            "author": None,
        }
