"""Proxies, disks and revisions: what is around a deploy."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hathora_deploy.pipeline.checks.disk import check_room, judged
from hathora_deploy.pipeline.checks.finding import State
from hathora_deploy.pipeline.checks.proxies import check_proxies
from hathora_deploy.pipeline.checks.revision import check_revision

MIB = 1024 * 1024
PROXY = "http://ada:hunter2@proxy.example.com:3128"


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_is_named_with_the_way_around_it_and_without_its_password(variable: str) -> None:
    environment = {variable: PROXY, "NO_PROXY": "10.0.0.1"}
    finding = check_proxies("https://cloud.example.com", environment=environment)
    assert finding.state is State.WARNING
    assert "proxy.example.com:3128" in finding.what
    assert finding.fix == "export NO_PROXY=10.0.0.1,cloud.example.com"
    assert "hunter2" not in str(finding)


@pytest.mark.parametrize(
    ("endpoint", "environment"),
    [
        ("https://cloud.example.com", {"HTTP_PROXY": PROXY}),
        ("http://127.0.0.1:7350", {"HTTP_PROXY": PROXY}),
        ("https://cloud.example.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": ".example.com"}),
        ("https://cloud.example.com", {}),
    ],
)
def test_a_proxy_that_does_not_count_is_fine(endpoint: str, environment: dict[str, str]) -> None:
    assert check_proxies(endpoint, environment=environment).state is State.OK


def test_room_is_judged_by_what_a_deploy_takes() -> None:
    states = [
        judged("", Path(), free=free * MIB, needed=500 * MIB).state for free in (499, 501, 2000)
    ]
    assert states == [State.PROBLEM, State.WARNING, State.OK]


def test_room_is_looked_for_where_a_folder_is_to_be_made(tmp_path: Path) -> None:
    finding = check_room("for later", tmp_path / "not" / "there", needed=2**62)
    assert finding.state is State.PROBLEM
    assert not (tmp_path / "not").exists()


def test_a_folder_is_warned_of_that_no_tag_tells_apart(tmp_path: Path) -> None:
    folder = tmp_path / "my server"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    outside = check_revision(folder, environment={}, timeout=60)
    assert (outside.state, outside.fix) == (State.WARNING, f"git -C '{folder}' init")

    def git(*words: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    assert check_revision(folder, environment={}, timeout=60).state is State.OK
    (folder / "Dockerfile").write_text("FROM debian\n")
    dirty = check_revision(folder, environment={}, timeout=60)
    assert (dirty.state, dirty.fix) == (State.WARNING, f"git -C '{folder}' status")
