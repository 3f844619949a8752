"""``plan`` of a folder before and after it was deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cloud

CHANGES = 2
NAMES = iter(range(100))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / f"planned-{next(NAMES)}"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nEXPOSE 7777/udp\nCOPY . .\nCMD sleep 60\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    return folder


def names(plan: dict[str, Any], part: str, name: str) -> dict[str, str]:
    return {each[name]: each["change"] for each in plan[part]}


def test_before_the_first_deploy_everything_is_new_and_nothing_is_made(
    cloud: Cloud, folder: Path
) -> None:
    said = cloud("plan", folder, code=CHANGES)
    assert f"{folder.name}, new" in said.stdout
    assert "nothing was deployed yet" in said.stdout
    assert "a deploy would change this" in said.stdout
    apps = cloud.json("apps")["apps"]
    assert folder.name not in [app["appName"] for app in apps]
    plan = cloud.json("plan", folder, code=CHANGES)
    assert names(plan, "files", "path") == {"Dockerfile": "added", "run.sh": "added"}
    assert plan["build"]["isNew"] is True


def test_after_a_deploy_there_is_nothing_to_do_until_something_changes(
    cloud: Cloud, folder: Path
) -> None:
    cloud("deploy", folder, "--no-room", "--env", "SECRET=hunter2", "--requested-cpu", "1")
    same = cloud("plan", folder, "--env", "SECRET=hunter2", "--requested-cpu", "1")
    assert "nothing to do" in same.stdout
    assert "no file has changed" in same.stdout
    assert cloud("plan", folder, "--from-latest").stdout.count("latest deployment\n") >= 3
    again = cloud("plan", folder, "--from-latest", "--force", code=CHANGES)
    assert ", made again: 2 files" in again.stdout
    another_tag = ("--from-latest", "--deployment-tag", "v2")
    assert cloud("deploy", folder, "--dry-run", *another_tag, "--no-room").returncode == 0

    (folder / "run.sh").write_text("#!/bin/sh\nexit\n")
    (folder / "map.bin").write_bytes(bytes(2048))
    text = cloud(
        *("plan", folder, "--env", "SECRET=hunter3", "--rooms-per-process", "7"), code=CHANGES
    ).stdout
    lines = [line.split() for line in text.splitlines()]
    assert ["+", "map.bin", "2.0", "KiB"] in lines
    assert ["~", "run.sh", "10", "B", "→", "15", "B"] in lines
    assert ["~", "rooms-per-process", "1", "7", "--rooms-per-process"] in lines
    assert ["~", "requested-cpu", "1", "0.5", "default"] in lines
    assert ["~", "env", "SECRET", "set", "set,", "another", "--env"] in lines
    assert ["ports.default", "7777/udp", "7777/udp", "the", "Dockerfile's", "EXPOSE"] in lines
    assert "hunter" not in text


def test_a_plan_changes_nothing_and_says_in_json_all_that_it_knows(
    cloud: Cloud, folder: Path
) -> None:
    cloud("deploy", folder, "--no-room", "--env", "OLD=1")
    (folder / "run.sh").unlink()
    before = cloud.json("history", "-a", folder.name), cloud.json("builds")
    words = ("--env", "NEW=1", "--transport-type", "tcp", "--verify", "tcp")
    plan = cloud.json("plan", folder, *words, code=CHANGES)
    assert plan["appName"] == folder.name
    assert (plan["verification"]["probes"], plan["verification"]["region"]) == (["tcp"], "Seattle")
    assert names(plan, "files", "path") == {"run.sh": "removed"}
    assert names(plan, "settings", "setting") == {
        "ports.default": "changed",
        "ports.port-7777": "added",  # which the Dockerfile exposes as udp
        "env.NEW": "added",
        "env.OLD": "removed",
    }
    assert plan["origins"]["transportType"] == "--transport-type"
    assert plan["latestDeploymentId"] == before[0]["deployments"][0]["deploymentId"]
    assert (cloud.json("history", "-a", folder.name), cloud.json("builds")) == before


def test_where_the_latest_build_was_made_elsewhere_the_plan_says_that_it_knows_no_files(
    cloud: Cloud, folder: Path, tmp_path: Path
) -> None:
    cloud("deploy", folder, "--no-room")
    (folder / "run.sh").write_text("#!/bin/sh\nexit\n")
    home = str(tmp_path / "another-home")
    assert "not known on this machine" in cloud("plan", folder, code=CHANGES, HOME=home).stdout
    assert cloud.json("plan", folder, code=CHANGES, HOME=home)["files"] is None


def test_a_plan_runs_no_hook_and_no_process_and_says_which_a_deploy_would(
    cloud: Cloud, folder: Path
) -> None:
    wanted = ("--before-packaging", "touch made", "--after-build", "touch tried")
    said = cloud("plan", folder, *wanted, "--verify", "udp", "--no-room", code=CHANGES)
    assert "verify    udp in Seattle, within 300 s" in said.stdout
    assert "the hook before-packaging is not run: what it makes" in said.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["Dockerfile", "run.sh"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--requested-cpu", "99", "--container-port", "0", "--env", "A B=1"),
            "requested_cpu 99 is not between 0.25 and 8 (--requested-cpu);"
            " container_port 0 is not between 1 and 65535 (--container-port); env 'A B' needs a name",
        ),
        (("--requested-cpu", "much"), "'much' is not a valid float"),
        (("--nonsense",), "no such option"),
        (("--verify", "tcp"), "verify tcp: the deployment has no tcp or tls port"),
        (("--local", "--token", "t"), "--local and --token exclude each other"),
    ],
)
def test_what_is_wrong_never_looks_like_changes(
    cloud: Cloud, folder: Path, words: tuple[str, ...], message: str
) -> None:
    assert message in cloud("plan", folder, *words, code=1).stderr


def test_a_folder_that_is_not_there_never_looks_like_changes(cloud: Cloud, tmp_path: Path) -> None:
    assert "there is no folder" in cloud("plan", tmp_path / "none", code=1).stderr
