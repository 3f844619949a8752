"""A part that fails is sent again where that may help, and the upload fails where it does not."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.errors import RefusedError, UploadError
from hathora_deploy.pipeline.part import READ_BYTES
from hathora_deploy.pipeline.settings import UploadSettings
from hathora_deploy.pipeline.upload import LostUploadError, upload
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.store import (
    Store,
    answers,
    breaks_off,
    cuts_after,
    damages,
)
from tests.pipeline.upload.conftest import AT_ONCE, PART, SIZE, send


@pytest.mark.parametrize(
    "fault",
    [
        cuts_after(0),
        cuts_after(READ_BYTES),
        breaks_off("HTTP/1.1 20"),
        breaks_off("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: "),
        breaks_off("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: x\r\n"),
        answers(500),
        answers(503),
        answers(429),
        answers(408),
        answers(409),
    ],
    ids=["at once", "midway", "status", "header", "headers", "500", "503", "429", "408", "409"],
)
def test_a_part_is_sent_again_after_a_failure_that_may_pass(
    store: Store, archive: Archive, reporter: RecordingReporter, fault
) -> None:
    store.faults = {"2": [fault, fault]}
    send(store, archive, reporter)
    assert store.archive == archive.path.read_bytes()
    assert store.requests["2"] == 3
    assert store.requests["1"] == 1
    assert reporter.sent_bytes == SIZE  # what was sent in vain is taken back


def test_a_part_that_fails_at_every_attempt_fails_the_upload(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"2": [answers(503)] * 3}
    with pytest.raises(UploadError, match=r"part 2 .* 3 attempts: the store answered HTTP 503"):
        send(store, archive, reporter)
    assert store.requests["complete"] == 0
    assert reporter.sent_bytes < SIZE


@pytest.mark.parametrize("status", [400, 403, 404, 307, 501])
def test_a_refusal_is_final(
    store: Store, archive: Archive, reporter: RecordingReporter, status: int
) -> None:
    store.faults = {"1": [answers(status)]}
    with pytest.raises(UploadError, match=f"part 1 was refused by the store: HTTP {status}"):
        send(store, archive, reporter, concurrency=1)
    assert store.requests["1"] == 1
    assert store.requests["complete"] == 0


def test_an_answer_without_an_etag_is_final(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"1": [answers(200)]}
    with pytest.raises(UploadError, match="part 1: the store answered without an ETag"):
        send(store, archive, reporter)


def test_a_part_that_arrives_damaged_is_sent_again(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"2": [damages, damages]}
    send(store, archive, reporter)
    assert store.archive == archive.path.read_bytes()
    assert store.requests["2"] == 3


def test_a_part_that_arrives_damaged_every_time_fails_the_upload(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"2": [damages] * 3}
    with pytest.raises(UploadError, match=r"part 2 .* 3 attempts: it arrived with other bytes"):
        send(store, archive, reporter)
    assert store.requests["complete"] == 0


def waited_for(policy: RetryPolicy, asked: list[float | None]) -> RetryPolicy:
    """The same policy, which notes the pauses that were asked for and makes none."""

    class Noting(RetryPolicy):
        def pause(self, attempt: int, *, jitter: float, asked: float | None = None) -> float:
            noted.append(asked)
            return 0.0

    noted = asked
    return Noting(max_attempts=policy.max_attempts)


def test_the_pause_that_a_store_asks_for_is_made(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    asked: list[float | None] = []
    in_an_hour = formatdate(time.time() + 3600, usegmt=True)
    store.faults = {
        "1": [
            answers(503, headers={"Retry-After": "7"}),
            answers(429, headers={"Retry-After": in_an_hour}),
        ],
        "complete": [answers(503)],
    }
    settings = UploadSettings(most_at_once=1, retries=waited_for(AT_ONCE.retries, asked))
    upload(archive, store.build(SIZE, PART), reporter=reporter, settings=settings)
    seconds, date, nothing = asked
    assert seconds == 7
    assert date is not None
    assert 3000 < date <= 3600
    assert nothing is None


def test_urls_that_expire_while_they_are_used_are_told_from_those_that_never_worked(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"3": [answers(403)]}
    with pytest.raises(LostUploadError, match="the upload URLs have expired"):
        send(store, archive, reporter, concurrency=1)
    store.faults = {"complete": [answers(403)]}
    with pytest.raises(LostUploadError, match="the upload URLs have expired"):
        send(store, archive, reporter)
    store.faults = {"1": [answers(403)]}
    with pytest.raises(RefusedError):
        send(store, archive, reporter, concurrency=1)
