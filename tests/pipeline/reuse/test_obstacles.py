"""What there is of a content and cannot be used is no obstacle to build it."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deployed import Deployed
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reuse.conftest import Other, builds

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from tests.cloud.handlers.conftest import eventually


def failed(other: Other) -> None:
    """The other's build has failed, for no fault of its content."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(other.running.cloud.runtime, "build", None)
        other.begin()
        eventually(other.status, lambda status: status == BuildStatus.FAILED)


def test_a_build_that_failed_before_is_no_obstacle(
    attempt: Callable[..., Deployed], direct: HathoraCloud, other: Other
) -> None:
    failed(other)
    done = attempt()
    assert (done.build.build_id, done.is_reused) == (other.build_id, False)
    assert len(builds(direct)) == 1


@pytest.mark.parametrize("status", [422, 500])
def test_a_build_that_failed_and_cannot_be_deleted_is_passed_by(
    attempt: Callable[..., Deployed], other: Other, proxy: FaultProxy, status: int
) -> None:
    failed(other)
    proxy.faults = [Fault("^DELETE ", refuse_with=status)]
    assert attempt().build.build_id.startswith(f"{other.build_id}-")
    assert other.status() == BuildStatus.FAILED


def test_a_build_that_was_deleted_is_no_obstacle(
    attempt: Callable[..., Deployed], other: Other
) -> None:
    other.begin()
    eventually(other.status, lambda status: status == BuildStatus.SUCCEEDED)
    other.delete()
    done = attempt()
    assert (done.build.build_id, done.is_reused) == (other.build_id, False)


def test_an_id_that_a_cloud_does_not_give_twice_is_passed_by(
    attempt: Callable[..., Deployed], other: Other, proxy: FaultProxy
) -> None:
    proxy.faults = [Fault(r"POST /builds/v3/builds$", refuse_with=409)]
    assert attempt().build.build_id.startswith(f"{other.build_id}-")


def test_a_question_that_gets_no_answer_for_a_while_is_asked_again(
    attempt: Callable[..., Deployed], proxy: FaultProxy
) -> None:
    proxy.faults = [
        Fault("^GET /builds", times=2, refuse_with=503),
        Fault("^GET /builds", is_lost=True),
    ]
    assert not attempt().is_reused
    assert all(fault.times == 0 for fault in proxy.faults)


def test_a_creation_that_is_refused_for_another_reason_is_that_error(
    attempt: Callable[..., Deployed], direct: HathoraCloud, proxy: FaultProxy
) -> None:
    proxy.faults = [Fault(r"POST /builds/v3/builds$", times=9, refuse_with=422)]
    with pytest.raises(UnprocessableEntity, match="refused by a test"):
        attempt()
    assert builds(direct) == []
