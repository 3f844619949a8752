"""A build that fails, gets lost or takes too long, and what is left of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.errors import ApiError
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import ConnectionError, TransportError
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import (
    BuildFailedError,
    UploadError,
)
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.settings import DeploySettings
from tests.pipeline.deploy.conftest import DOCKERFILE, builds
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)


def test_a_build_that_fails_is_not_deployed_and_is_deleted(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    game: Path,
    reporter: RecordingReporter,
) -> None:
    (game / "Dockerfile").write_text(f"{DOCKERFILE}COPY missing /\n")
    before = builds(direct)
    with pytest.raises(BuildFailedError, match=r"build bld-\S+ failed: .*missing") as caught:
        attempt()
    hint = caught.value.hint or ""
    assert hint == "check its spelling, and that no .dockerignore keeps it out"
    assert hint not in caught.value.message
    assert "deployed" not in reporter.steps
    assert reporter.steps[-1].startswith("undoing build bld-")
    assert builds(direct) == before


@pytest.mark.parametrize("cut_after", [1, 30, 75])
def test_a_log_that_breaks_off_is_gone_on_with(
    attempt: Callable[..., Deployed],
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
    cut_after: int,
) -> None:
    proxy.faults = [Fault(r"/run$", cut_after=cut_after)]
    build = attempt().build
    assert build.status == BuildStatus.SUCCEEDED
    assert "asking for the rest" in reporter.warnings[-1]
    with direct.builds_v3.run_build(build_id=build.build_id) as stream:
        whole = list(stream.lines())
    assert [line for line in reporter.lines if line in whole] == whole


def test_what_a_build_failed_of_is_told_although_its_log_broke_off(
    attempt: Callable[..., Deployed], proxy: FaultProxy, game: Path
) -> None:
    (game / "Dockerfile").write_text(f"{DOCKERFILE}COPY missing /\n")
    proxy.faults = [Fault(r"/run$", cut_after=30)]
    with pytest.raises(BuildFailedError, match=r"build bld-\S+ failed: .*missing"):
        attempt()


def test_a_log_that_always_breaks_off_does_not_end_the_deploy(
    attempt: Callable[..., Deployed], proxy: FaultProxy, reporter: RecordingReporter
) -> None:
    proxy.faults = [Fault(r"/run$", times=1000, cut_after=30)]
    assert attempt().build.status == BuildStatus.SUCCEEDED
    assert "the rest of the build log cannot be had" in reporter.warnings[-1]


def test_a_log_that_is_not_given_again_does_not_end_the_deploy_either(
    attempt: Callable[..., Deployed], proxy: FaultProxy, reporter: RecordingReporter
) -> None:
    proxy.faults = [Fault(r"/run$", cut_after=30), Fault(r"/run$", refuse_with=400)]
    assert attempt().build.status == BuildStatus.SUCCEEDED
    assert "the rest of the build log cannot be had" in reporter.warnings[-1]


def test_a_log_that_never_came_does_not_end_the_deploy_either(
    attempt: Callable[..., Deployed], proxy: FaultProxy, reporter: RecordingReporter
) -> None:
    refused = Fault(r"GET /builds", refuse_with=503)
    run = Fault(r"/run$", is_unanswered=True, meanwhile=lambda: proxy.faults.append(refused))
    proxy.faults = [run]
    assert attempt().build.status == BuildStatus.SUCCEEDED
    assert "the build log broke off" in reporter.warnings[-1]


@pytest.mark.parametrize("fault", [{"is_lost": True}, {"refuse_with": 502}])
def test_a_run_that_got_lost_is_asked_for_again(
    attempt: Callable[..., Deployed], proxy: FaultProxy, fault: dict[str, Any]
) -> None:
    proxy.faults = [Fault(r"/run$", **fault)]
    assert attempt().build.status == BuildStatus.SUCCEEDED


def test_a_run_that_gets_lost_again_and_again_ends_the_deploy(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    proxy.faults = [Fault(r"/run$", times=1000, is_lost=True)]
    before = builds(direct)
    with pytest.raises(BuildFailedError, match=r"was not run: .* cut the connection"):
        attempt(DeploySettings(patience=Patience(outage=1)))
    assert builds(direct) == before


def test_a_build_that_does_not_end_in_time_is_deleted(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    release = threading.Event()
    proxy.faults = [Fault(r"/run$", meanwhile=lambda: release.wait(30) and None, is_lost=True)]
    before = builds(direct)
    try:
        with pytest.raises(BuildFailedError, match=r"did not end within 0\.3 s"):
            attempt(DeploySettings(build_timeout=0.3))
    finally:
        release.set()
    assert builds(direct) == before


def test_a_build_whose_creation_got_no_answer_is_taken_back(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    proxy.faults = [Fault(r"POST /builds/v3/builds$", is_unanswered=True)]
    before = builds(direct)
    with pytest.raises(ConnectionError):
        attempt()
    assert proxy.count(r"^DELETE /builds") == 1
    assert builds(direct) == before


def test_an_earlier_build_of_the_same_id_is_never_deleted(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    build_id = f"bld-release-{uuid4().hex}"
    settings = DeploySettings(build_id=build_id)
    attempt(settings)
    with pytest.raises(ApiError):
        attempt(settings)  # the cloud refuses the id
    proxy.faults = [Fault(r"POST /builds/v3/builds$", is_lost=True)]
    with pytest.raises(TransportError):
        attempt(settings)
    assert direct.builds_v3.get_build(build_id=build_id).status == BuildStatus.SUCCEEDED


def test_an_upload_that_is_refused_leaves_no_build(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    proxy.faults = [Fault(r"^PUT ", refuse_with=403)]
    before = builds(direct)
    with pytest.raises(UploadError):
        attempt()
    assert builds(direct) == before
