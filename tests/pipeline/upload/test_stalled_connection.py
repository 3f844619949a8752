"""A connection that stands still is replaced; one that is slow on purpose is not."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.upload import upload
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.store import (
    Store,
    drips,
    stops_reading,
    waits_for,
)
from tests.pipeline.upload.conftest import AT_ONCE, PART, archive_of

IMPATIENT = replace(
    AT_ONCE,
    stall_window=0.5,
    least_rate=1.0,
    answer_timeout=1.0,
    # Where the machine has much else to do, one that is well may seem to stall.
    retries=RetryPolicy(max_attempts=50, initial_interval=0.0),
)


@pytest.mark.parametrize("hang", [stops_reading, waits_for, drips])
def test_a_connection_that_stalls_is_replaced(
    store: Store, reporter: RecordingReporter, tmp_path: Path, hang
) -> None:
    archive = archive_of(40 << 20, tmp_path)  # more than sockets hold
    release = threading.Event()
    store.faults = {"1": [hang(release)]}
    try:
        build = store.build(archive.size, archive.size)
        upload(archive, build, reporter=reporter, settings=IMPATIENT)
    finally:
        release.set()
    assert store.archive == archive.path.read_bytes()
    assert store.requests["1"] >= 2
    assert reporter.sent_bytes == archive.size


def test_a_store_that_stalls_at_every_attempt_fails_the_upload(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    release = threading.Event()
    store.faults = {"complete": [drips(release)] * 3}
    build = store.build(archive.size, PART)
    try:
        with pytest.raises(UploadError, match="3 attempts: the connection stalled"):
            upload(archive, build, reporter=reporter, settings=replace(AT_ONCE, join_timeout=0.3))
    finally:
        release.set()


def test_a_limit_of_the_rate_is_no_stall(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    settings = replace(AT_ONCE, stall_window=1.0, least_rate=1e12, rate_limit=4 << 20)
    build = store.build(archive.size, PART)
    upload(archive, build, reporter=reporter, settings=settings)
    assert store.archive == archive.path.read_bytes()
    assert set(store.requests.values()) == {1}
