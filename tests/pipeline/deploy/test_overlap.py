"""An archive goes up while it is packed, where the cloud allows that."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.errors import ApiError
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings
from tests.pipeline.deploy.conftest import builds
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

OVERLAPPED = DeploySettings(upload=UploadSettings(overlap_from=1))


def test_an_archive_is_uploaded_while_it_is_packed(
    attempt: Callable[..., Deployed],
    game: Path,
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
) -> None:
    (game / "map").write_bytes(b"wall" * (5 << 20))  # two parts may be needed, one is
    done = attempt(OVERLAPPED)
    assert done.build.status == BuildStatus.SUCCEEDED
    assert proxy.count(r"^PUT ") == 1
    assert proxy.count(r"^POST /builds/v3/builds$") == 1
    assert reporter.sent_bytes == reporter.total_bytes == done.archive_size
    assert reporter.warnings == []


def test_a_cloud_that_wants_the_exact_size_gets_it_once_all_is_packed(
    attempt: Callable[..., Deployed],
    game: Path,
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
) -> None:
    (game / "map").write_bytes(b"wall" * (5 << 20))
    before = builds(direct)
    proxy.faults = [Fault(r"^POST /builds/v3/builds$", refuse_with=422)]
    done = attempt(OVERLAPPED)
    assert "packing before uploading" in reporter.warnings[-1]
    proxy.faults = [Fault(r"/complete$", refuse_with=400)]
    again = attempt(replace(OVERLAPPED, force=True))
    assert "the store wants all of 2 parts" in reporter.warnings[-1]
    left = {build.build_id for build in builds(direct)} - {build.build_id for build in before}
    assert left == {done.build.build_id, again.build.build_id}


def test_a_cloud_that_refuses_every_size_is_asked_for_two_under_two_ids(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    before = builds(direct)
    proxy.faults = [Fault(r"^POST /builds/v3/builds$", 99, refuse_with=422)]
    with pytest.raises(ApiError):
        attempt(OVERLAPPED)
    assert proxy.count(r"^POST /builds/v3/builds$") == 4
    assert builds(direct) == before


def test_a_file_that_changes_while_its_archive_is_uploaded_fails_the_deploy(
    attempt: Callable[..., Deployed],
    game: Path,
    direct: HathoraCloud,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (game / "map").write_bytes(os.urandom(40 << 20))

    def grow(delta_bytes: int) -> None:
        with (game / "map").open("ab") as file:
            file.write(b"x")

    monkeypatch.setattr(reporter, "packing", grow)
    before = builds(direct)
    with pytest.raises(ContextError, match="map changed"):
        attempt(OVERLAPPED)
    assert builds(direct) == before
