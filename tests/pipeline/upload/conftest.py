"""A store over real sockets, an archive of four parts, and its upload."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.part import READ_BYTES
from hathora_deploy.pipeline.settings import UploadSettings
from hathora_deploy.pipeline.upload import upload
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.store import Store
from tests.serving import serving

AT_ONCE = UploadSettings(retries=RetryPolicy(max_attempts=3, initial_interval=0.0))
PART = 2 * READ_BYTES + 7
SIZE = 3 * PART + 11


@pytest.fixture
def store() -> Iterator[Store]:
    with serving(Store()) as store:
        yield store


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return archive_of(SIZE, tmp_path)


def archive_of(size: int, folder: Path) -> Archive:
    path = folder / "context.tgz"
    path.write_bytes(os.urandom(size))
    return Archive(path, size, digest="")


def send(store: Store, archive: Archive, reporter: RecordingReporter, concurrency: int = 4) -> None:
    build = store.build(archive.size, PART)
    settings = replace(AT_ONCE, most_at_once=concurrency)
    upload(archive, build, reporter=reporter, settings=settings)
