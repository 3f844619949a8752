"""``history`` of an app that was deployed twice."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cloud

SHA = "3f9c2ab0123456789012345678901234567890ab"


def deploy(cloud: Cloud, home: Path, *, tag: str) -> None:
    folder = home / "server"
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text("FROM scratch\nEXPOSE 7777/udp\nCOPY . .\nCMD sleep 600\n")
    cloud("deploy", folder, "--no-room", "--deployment-tag", tag)


def test_the_history_shows_what_is_live_by_whom_and_what_still_runs(
    cloud: Cloud, tmp_path: Path
) -> None:
    deploy(cloud, tmp_path, tag="first")
    cloud("processes", "start", "-a", "server")
    deploy(cloud, tmp_path, tag=f"{SHA}-dirty")

    titles, live, first = cloud("history", "-a", "server").stdout.splitlines()

    words = "LIVE TAG DEPLOYED AUTHOR BUILD PROCESSES ROOMS DEPLOYMENT"
    assert titles.split() == words.split(" ")
    assert live.startswith("live  3f9c2ab-dirty  ")
    assert " ago  " in live
    assert "  local  " in live
    assert live.split()[-3:-1] == ["0", "0"]
    assert first.startswith("      first ")
    assert first.split()[-3:-1] == ["1", "0"]
    newest = cloud.json("history", "-a", "server", "--limit", "1")
    (only,) = newest["deployments"]
    assert (only["isLive"], only["author"], only["deploymentTag"]) == (
        True,
        "local",
        f"{SHA}-dirty",
    )
    assert only["imageSize"] > 0
    assert newest["older"] == {"processes": 1, "rooms": 0}
    said = cloud("history", "-a", "server", "--limit", "1").stderr
    assert "also running: 1 process with 0 rooms of older deployments" in said


def test_outdated_processes_are_those_of_older_deployments_without_rooms(
    cloud: Cloud, tmp_path: Path
) -> None:
    deploy(cloud, tmp_path, tag="first")
    old = cloud.json("processes", "start", "-a", "server")["processId"]
    cloud("rooms", "create", "-a", "server", "--region", "London")
    deploy(cloud, tmp_path, tag="second")
    cloud("processes", "start", "-a", "server", "--region", "Tokyo")
    assert cloud.json("processes", "stop", "--outdated") == {"stopped": [old]}
    assert cloud.json("processes", "stop", "--outdated") == {"stopped": []}
