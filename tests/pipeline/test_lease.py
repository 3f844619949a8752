"""Two deploys to one app at once: one waits, and none deploys over the other."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.api.errors import NotFound
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline import lease as lease_module
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.errors import AppBusyError, LeaseLostError
from hathora_deploy.pipeline.lease import app_lease, holder_of
from hathora_deploy.pipeline.patience import DEFAULT_PATIENCE
from hathora_deploy.pipeline.pipeline_run import PipelineRun
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.secret import Secret
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter
from tests.serving import serving

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from hathora_deploy.cloud.daemon import RunningCloud
from tests.cloud.handlers.conftest import eventually

OTHER = Secret("the lease of another deploy")
KILLED = """
import os, sys, threading
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline import lease
from hathora_deploy.pipeline.patience import DEFAULT_PATIENCE
from tests.pipeline.reporter import RecordingReporter

lease.LIFETIME = 1
cloud = HathoraCloud(os.environ["TOKEN"], endpoint=sys.argv[1], app_id=sys.argv[2])
with lease.app_lease(cloud, holder="alice", timeout=0, patience=DEFAULT_PATIENCE, reporter=RecordingReporter()):
    print("has it", flush=True)
    threading.Event().wait()
"""


@pytest.fixture
def direct(local_cloud: RunningCloud) -> Iterator[HathoraCloud]:
    """The cloud as it is, with an app of its own."""
    with HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint) as cloud:
        name = f"app-{secrets.token_hex(4)}"
        app = cloud.apps_v2.create_app(app_name=name, auth_configuration={})
        cloud.app_id = app.app_id
        yield cloud


@pytest.fixture
def proxy(local_cloud: RunningCloud) -> Iterator[FaultProxy]:
    with serving(FaultProxy(local_cloud.endpoint)) as proxy:
        yield proxy


@pytest.fixture
def cloud(direct: HathoraCloud, proxy: FaultProxy) -> Iterator[HathoraCloud]:
    """The same app, through the proxy."""
    with HathoraCloud(direct.options.token, app_id=direct.app_id, endpoint=proxy.endpoint) as cloud:
        yield cloud


@pytest.fixture
def attempt(cloud: HathoraCloud, folder: Path, reporter: RecordingReporter) -> Callable[..., Any]:
    (folder / "Dockerfile").write_text(
        f'FROM x\nEXPOSE 7777/udp\nCOPY . /\nCMD ["{sys.executable}"]\n'
    )
    (folder / "game").write_text(str(cloud.app_id))  # of each test another

    def attempt(**settings: Any) -> Any:
        return deploy(cloud, folder, settings=DeploySettings(**settings), reporter=reporter)

    return attempt


def is_free(cloud: HathoraCloud) -> bool:
    try:
        cloud.leases_v1.get_lease()
    except NotFound:
        return True
    return False


def age(cloud: HathoraCloud) -> float:
    """Seconds; none where it has run out and is yet to be renewed."""
    try:
        return cloud.leases_v1.get_lease().age_seconds
    except NotFound:
        return 0.0


def deployments(cloud: HathoraCloud) -> int:
    return len(cloud.deployments_v3.get_deployments().deployments)


def test_a_deploy_waits_for_the_one_before_says_for_whom_and_goes_on(
    direct: HathoraCloud, attempt: Callable[..., Any], reporter: RecordingReporter
) -> None:
    direct.leases_v1.acquire_lease(lease_id=OTHER, holder="alice on ci-7", lifetime_seconds=60)
    hear = reporter.waiting

    def waiting(holder: str, age: timedelta) -> None:
        hear(holder, age)
        assert reporter.steps == ["waiting for alice on ci-7"]
        direct.leases_v1.release_lease(lease_id=OTHER)

    reporter.waiting = waiting  # type: ignore[method-assign]  # as a listener of this test's own
    attempt()
    assert reporter.steps[0] == "waiting for alice on ci-7"
    assert deployments(direct) == 1
    assert is_free(direct)


def test_one_that_is_not_to_wait_fails_at_once_and_has_begun_nothing(
    direct: HathoraCloud, attempt: Callable[..., Any], reporter: RecordingReporter
) -> None:
    direct.leases_v1.acquire_lease(lease_id=OTHER, holder="alice on ci-7")
    with pytest.raises(
        AppBusyError, match=r"that of alice on ci-7, which began \d+ s ago$"
    ) as told:
        attempt(lock_timeout=0)
    assert "--lock-timeout" in str(told.value.hint)
    assert reporter.steps == []
    direct.leases_v1.release_lease(lease_id=OTHER)
    assert is_free(direct)  # it stands in line no more


def test_one_that_has_waited_long_enough_says_how_long(
    direct: HathoraCloud, attempt: Callable[..., Any], reporter: RecordingReporter
) -> None:
    direct.leases_v1.acquire_lease(lease_id=OTHER, holder="alice", lifetime_seconds=60)
    with pytest.raises(AppBusyError, match=r"and this one has waited 0\.5 s for it"):
        attempt(lock_timeout=0.5)
    assert reporter.steps == ["waiting for alice"]


def test_a_deploy_that_is_killed_lets_go_by_itself(
    local_cloud: RunningCloud, direct: HathoraCloud, reporter: RecordingReporter
) -> None:
    line = [sys.executable, "-c", KILLED, local_cloud.endpoint, str(direct.app_id)]
    with subprocess.Popen(
        line,
        env={**os.environ, "TOKEN": local_cloud.token.reveal()},
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "has it\n"
        before = age(direct)
        # It lives for longer than its lease, which it renews.
        eventually(lambda: age(direct), lambda now: now > before + 2)
        killed.kill()
    with app_lease(direct, holder="bob", timeout=60, patience=DEFAULT_PATIENCE, reporter=reporter):
        assert direct.leases_v1.get_lease().holder == "bob"


def test_an_interrupt_while_it_waits_leaves_no_place_in_line(
    direct: HathoraCloud, attempt: Callable[..., Any], reporter: RecordingReporter
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    direct.leases_v1.acquire_lease(lease_id=OTHER, holder="alice")
    reporter.waiting = interrupt  # type: ignore[method-assign]  # as a listener of this test's own
    with pytest.raises(KeyboardInterrupt):
        attempt()
    direct.leases_v1.release_lease(lease_id=OTHER)
    assert is_free(direct)
    assert reporter.steps == []


def another_comes(direct: HathoraCloud, proxy: FaultProxy) -> None:
    """Return when one who could not renew its lease meanwhile has lost it, and is in reach again."""
    proxy.faults.append(Fault("/renew$", times=10_000, is_lost=True))
    with app_lease(
        direct,
        holder="bob on ci-8",
        timeout=60,
        patience=DEFAULT_PATIENCE,
        reporter=RecordingReporter(),
    ):
        proxy.faults.clear()
        direct.leases_v1.get_lease()


def test_one_that_was_out_of_reach_does_not_deploy_over_another(
    local_cloud: RunningCloud,
    direct: HathoraCloud,
    proxy: FaultProxy,
    attempt: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lease_module, "LIFETIME", 1)

    proxy.faults = [Fault("/run$", meanwhile=lambda: another_comes(direct, proxy))]
    with pytest.raises(LeaseLostError, match="another one has taken app"):
        attempt()
    assert deployments(direct) == 0


def test_a_call_that_was_long_on_its_way_does_not_deploy_over_another(
    direct: HathoraCloud,
    proxy: FaultProxy,
    attempt: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lease_module, "LIFETIME", 1)

    created = Fault("^POST .*/deployments$", meanwhile=lambda: another_comes(direct, proxy))
    proxy.faults = [created]
    with pytest.raises(LeaseLostError, match="another one has taken app"):
        attempt()
    assert deployments(direct) == 0


def test_one_that_was_out_of_reach_goes_on_if_nobody_came(
    direct: HathoraCloud,
    proxy: FaultProxy,
    attempt: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lease_module, "LIFETIME", 1)

    def sleep() -> None:
        proxy.faults.append(Fault("/renew$", times=10_000, is_lost=True))
        eventually(lambda: is_free(direct), bool)
        proxy.faults.clear()

    proxy.faults = [Fault("/run$", meanwhile=sleep)]
    attempt()
    assert deployments(direct) == 1


@pytest.mark.parametrize("status", [404, 501])
def test_a_cloud_that_knows_no_leases_is_deployed_to_all_the_same(
    direct: HathoraCloud,
    proxy: FaultProxy,
    attempt: Callable[..., Any],
    reporter: RecordingReporter,
    status: int,
) -> None:
    proxy.faults = [Fault("/leases/", times=10_000, refuse_with=status)]
    attempt()
    assert deployments(direct) == 1
    assert [each for each in reporter.warnings if "leases" in each] == [
        "this cloud has no leases: two deploys to one app at once are not kept apart"
    ]


def test_answers_that_are_lost_on_the_way_make_no_deploy_wait_for_itself(
    direct: HathoraCloud,
    proxy: FaultProxy,
    attempt: Callable[..., Any],
    reporter: RecordingReporter,
) -> None:
    proxy.faults = [
        Fault("/acquire$", is_unanswered=True),
        Fault("/renew$", times=2, is_unanswered=True),
        Fault("/release$", is_doubled=True),
    ]
    attempt()
    assert not any(step.startswith("waiting") for step in reporter.steps)
    assert is_free(direct)


def test_who_waits_is_told_the_person_the_machine_and_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "ci-7")
    monkeypatch.setattr("getpass.getuser", lambda: "runner")
    assert holder_of(None) == "runner on ci-7"
    run = PipelineRun("GitHub Actions", author="alice", url="https://ci.example.com/runs/5")
    assert holder_of(run) == "alice on ci-7, https://ci.example.com/runs/5"

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert holder_of(None) == "somebody on ci-7"
