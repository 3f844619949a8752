"""Uploads that nobody completed are cleared away while the cloud runs, not only when it starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.cloud.artifacts.directory import DirectoryArtifacts
from hathora_deploy.cloud.artifacts.port import URL_LIFETIME
from hathora_deploy.cloud.expiry import Expiry, Sweep
from hathora_deploy.cloud.settings import CloudSettings
from tests.cloud.handlers.conftest import eventually


@pytest.fixture
def settings(tmp_path: Path) -> CloudSettings:
    return CloudSettings(data_dir=tmp_path)


@pytest.fixture
def artifacts(settings: CloudSettings) -> DirectoryArtifacts:
    return DirectoryArtifacts(settings.archives_dir, b"key")


def abandon(artifacts: DirectoryArtifacts, key: str) -> Path:
    """An upload that was last written to long ago."""
    artifacts.create_upload(key, 5, base_url="")
    upload = artifacts.upload(key)
    os.utime(upload.partial, (0, 0))
    return upload.folder


def of_uploads(artifacts: DirectoryArtifacts) -> Sweep:
    return Sweep("abandoned uploads", 0.01, lambda: artifacts.expire(older_than=URL_LIFETIME))


def gone(folder: Path) -> None:
    eventually(folder.exists, lambda exists: not exists)


@pytest.fixture
def expiry(settings: CloudSettings, artifacts: DirectoryArtifacts) -> Iterator[Expiry]:
    expiry = Expiry([of_uploads(artifacts)])
    yield expiry
    expiry.close()


def test_what_an_earlier_cloud_left_and_what_is_left_later_goes(
    expiry: Expiry, artifacts: DirectoryArtifacts
) -> None:
    earlier = abandon(artifacts, "earlier")
    artifacts.create_upload("young", 5, base_url="")

    expiry.start()

    gone(earlier)
    gone(abandon(artifacts, "later"))
    assert artifacts.upload("young").partial.exists()


def test_a_home_that_fails_is_told_of_once_and_looked_at_again(
    settings: CloudSettings, artifacts: DirectoryArtifacts, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(DirectoryArtifacts):
        looks = 0

        def expire(self, older_than: timedelta) -> int:
            self.looks += 1
            if self.looks < 4:
                raise InternalServerError("the store is away")
            return super().expire(older_than)

    left = abandon(artifacts, "left")
    expiry = Expiry([of_uploads(Failing(settings.archives_dir, b"key"))])
    expiry.start()
    gone(left)
    expiry.close()

    assert [record.message for record in caplog.records if "store is away" in record.message] == [
        "abandoned uploads are not cleared away: the store is away"
    ]
