"""A build that another deploy has begun: it is waited for, and never taken from that one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import ConnectionError
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import BuildFailedError
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.reuse.conftest import Gate, Other, builds

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from tests.cloud.handlers.conftest import eventually

FAILING = "FROM python\nEXPOSE 7777/udp\nCOPY missing /\n"


def test_a_build_that_another_deploy_runs_is_waited_for_with_its_log(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    other: Other,
    gate: Gate,
    proxy: FaultProxy,
    reporter: RecordingReporter,
) -> None:
    gate.is_open.clear()
    other.begin()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(attempt)
        eventually(lambda: reporter.lines, bool)
        gate.is_open.set()
        done = waiting.result()
    assert done.is_reused
    assert done.build.status == BuildStatus.SUCCEEDED
    assert any("Successfully built" in line for line in reporter.lines)
    assert reporter.steps == ["reading", "building", "reused", "deployed"]
    assert [build.build_tag for build in builds(direct)] == ["other"]
    assert proxy.count("^PUT ") == 0


def test_a_cloud_that_does_not_give_the_log_again_is_asked_for_the_verdict(
    attempt: Callable[..., Deployed],
    other: Other,
    gate: Gate,
    proxy: FaultProxy,
    reporter: RecordingReporter,
) -> None:
    gate.is_open.clear()
    other.begin()
    proxy.faults = [Fault(r"/run$", refuse_with=400, meanwhile=gate.is_open.set)]
    assert attempt().is_reused
    assert "the build log cannot be had" in reporter.warnings[-1]


def test_a_build_of_another_deploy_that_fails_fails_this_one_and_is_left_to_the_other(
    attempt: Callable[..., Deployed], game: Path, other: Other, gate: Gate, proxy: FaultProxy
) -> None:
    (game / "Dockerfile").write_text(FAILING)
    gate.is_open.clear()
    other.begin()
    proxy.faults = [Fault(r"/run$", meanwhile=gate.is_open.set)]
    with pytest.raises(BuildFailedError, match="missing"):
        attempt()
    assert other.status() == BuildStatus.FAILED
    assert proxy.count("^DELETE ") == 0


def test_a_build_that_another_deploy_takes_back_is_made_by_this_one(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    other: Other,
    gate: Gate,
    proxy: FaultProxy,
) -> None:
    gate.is_open.clear()
    other.begin()

    def take_back() -> None:
        other.delete()
        gate.is_open.set()

    proxy.faults = [Fault(r"/run$", meanwhile=take_back)]
    done = attempt(build_tag="ours")
    assert not done.is_reused
    assert [(each.build_id, each.build_tag) for each in builds(direct)] == [
        (other.build_id, "ours")
    ]


def test_an_interruption_while_another_deploys_build_is_waited_for_leaves_it_alone(
    attempt: Callable[..., Deployed],
    other: Other,
    gate: Gate,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    gate.is_open.clear()
    other.begin()
    monkeypatch.setattr(reporter, "build_line", interrupt)
    with pytest.raises(KeyboardInterrupt):
        attempt()
    assert other.status() == BuildStatus.RUNNING
    gate.is_open.set()
    eventually(other.status, lambda status: status == BuildStatus.SUCCEEDED)


def test_an_interruption_while_the_own_build_runs_cancels_it(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    gate: Gate,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    gate.is_open.clear()
    monkeypatch.setattr(reporter, "build_line", interrupt)
    with pytest.raises(KeyboardInterrupt):
        attempt()
    assert builds(direct) == []


def test_who_is_slower_to_create_the_build_takes_that_of_who_was_quicker(
    attempt: Callable[..., Deployed], direct: HathoraCloud, other: Other, proxy: FaultProxy
) -> None:
    proxy.faults = [Fault(r"POST /builds/v3/builds$", meanwhile=other.begin)]
    assert attempt().is_reused
    assert [build.build_tag for build in builds(direct)] == ["other"]
    assert proxy.count("^DELETE ") == 0


def test_a_build_that_another_was_put_in_the_place_of_is_not_taken_back_but_used(
    attempt: Callable[..., Deployed], direct: HathoraCloud, other: Other, proxy: FaultProxy
) -> None:
    """As by somebody whose clock is a day ahead."""

    def take_over() -> None:
        other.delete()
        other.begin()
        other.make_older(timedelta(minutes=1))

    proxy.faults = [Fault(r"^PUT ", meanwhile=take_over)]
    done = attempt()
    assert done.is_reused
    assert [build.build_tag for build in builds(direct)] == ["other"]


def test_a_creation_that_got_no_answer_takes_back_nothing_that_another_deploy_runs(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    other: Other,
    gate: Gate,
    proxy: FaultProxy,
) -> None:
    gate.is_open.clear()
    proxy.faults = [Fault(r"POST /builds/v3/builds$", is_lost=True, meanwhile=other.begin)]
    with pytest.raises(ConnectionError):
        attempt()
    assert other.status() == BuildStatus.RUNNING
    assert proxy.count("^DELETE ") == 0
