"""What a deploy has begun is taken back, whenever it ends and whatever else fails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.settings import DeploySettings
from tests.pipeline.deploy.conftest import SEATTLE, assert_stopped, builds
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)


def test_a_cloud_that_cannot_be_tidied_is_a_warning_and_the_first_error_is_raised(
    attempt: Callable[..., Deployed], proxy: FaultProxy, reporter: RecordingReporter
) -> None:
    proxy.faults = [Fault(r"^PUT ", refuse_with=403), Fault(r"^DELETE ", 99, refuse_with=500)]
    with pytest.raises(UploadError):
        attempt()
    assert "could not be taken back" in reporter.warnings[-1]


def test_what_was_begun_is_taken_back_even_if_nobody_can_be_told(
    attempt: Callable[..., Deployed],
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def closed(*_: object) -> None:
        raise BrokenPipeError

    proxy.faults = [Fault(r"^PUT ", refuse_with=403)]
    monkeypatch.setattr(reporter, "undoing", closed)
    before = builds(direct)
    with pytest.raises(BrokenPipeError):
        attempt()
    assert builds(direct) == before


@pytest.mark.parametrize(
    "fault", [Fault(r"^DELETE ", 2, refuse_with=502), Fault(r"^DELETE ", 2, is_lost=True)]
)
def test_what_was_begun_is_taken_back_over_the_network_that_failed_it(
    attempt: Callable[..., Deployed],
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
    fault: Fault,
) -> None:
    proxy.faults = [Fault(r"^PUT ", refuse_with=403), replace(fault)]
    before = builds(direct)
    with pytest.raises(UploadError):
        attempt()
    assert builds(direct) == before
    assert reporter.warnings == []


def test_taking_back_is_tried_no_longer_than_is_said(
    attempt: Callable[..., Deployed],
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
) -> None:
    proxy.faults = [Fault(r"^PUT ", refuse_with=403), Fault(r"^DELETE ", refuse_with=502)]
    before = builds(direct)
    with pytest.raises(UploadError):
        attempt(DeploySettings(patience=Patience(undo=0)))
    (left,) = [each for each in builds(direct) if each not in before]
    assert f"{left.build_id} could not be taken back" in reporter.warnings[-1]
    assert proxy.count(r"^DELETE ") == 1


MOMENTS = [
    "reading",
    "read",
    "packaging",
    "packed",
    "uploading",
    "uploaded",
    "upload_complete",
    "building",
    "build_line",
    "built",
    "deployed",
    "room_starting",
    "room_running",
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interruption_at_any_moment_leaves_nothing_half_done(
    cloud: HathoraCloud,
    direct: HathoraCloud,
    game: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    reporter = RecordingReporter()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = builds(direct)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setattr(reporter, moment, interrupt)
    with pytest.raises(KeyboardInterrupt):
        deploy(cloud, game, settings=SEATTLE, reporter=reporter)
    assert list(temporary.iterdir()) == []
    left = [build.status for build in builds(direct) if build not in before]
    assert left in ([], [BuildStatus.SUCCEEDED])
    assert_stopped(direct)
    monkeypatch.undo()
    assert deploy(cloud, game, settings=SEATTLE, reporter=RecordingReporter()).room is not None
