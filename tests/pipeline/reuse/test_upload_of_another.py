"""An upload that another deploy has begun: it is waited for as long as it may still go on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.settings import UploadSettings
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.reuse.conftest import Other, builds

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from tests.cloud.handlers.conftest import eventually


def test_an_upload_of_another_deploy_is_waited_for(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    other: Other,
    reporter: RecordingReporter,
) -> None:
    created = other.create()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(attempt)
        eventually(lambda: reporter.warnings, bool)
        other.go_on(created)
        done = waiting.result()
    assert "is being uploaded by another deploy" in reporter.warnings[0]
    assert len(builds(direct)) == 1
    assert done.build.build_id == other.build_id


def test_an_upload_that_does_not_end_is_passed_by_and_left_alone(
    attempt: Callable[..., Deployed], other: Other, reporter: RecordingReporter
) -> None:
    other.create()
    impatient = UploadSettings(follow_timeout=0.2)
    done = attempt(upload=impatient)
    assert done.build.build_id.startswith(f"{other.build_id}-")
    assert done.build.build_id in reporter.warnings[-1]
    assert other.status() == BuildStatus.CREATED
    reporter.warnings.clear()
    again = attempt(upload=impatient)
    assert again.is_reused
    assert again.build.build_id == done.build.build_id
    assert reporter.warnings == []


def test_an_upload_that_began_long_ago_is_given_up_for_its_owner(
    attempt: Callable[..., Deployed], direct: HathoraCloud, other: Other
) -> None:
    other.create()
    other.make_older(timedelta(days=1, seconds=1))
    done = attempt(build_tag="ours")
    assert done.build.build_id == other.build_id
    assert [build.build_tag for build in builds(direct)] == ["ours"]


def test_an_upload_that_may_still_go_on_is_not_waited_for_if_it_began_a_while_ago(
    attempt: Callable[..., Deployed], other: Other, reporter: RecordingReporter
) -> None:
    other.create()
    other.make_older(timedelta(hours=1))
    assert attempt().build.build_id.startswith(f"{other.build_id}-")
    assert other.status() == BuildStatus.CREATED
    assert not any("waiting" in warning for warning in reporter.warnings)
