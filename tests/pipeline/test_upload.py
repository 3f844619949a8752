from __future__ import annotations

import hashlib
import os
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.errors import RefusedError, UploadError
from hathora_deploy.pipeline.part import READ_BYTES
from hathora_deploy.pipeline.part_plan import plan_parts
from hathora_deploy.pipeline.settings import UploadSettings
from hathora_deploy.pipeline.upload import LostUploadError, upload
from hathora_deploy.pipeline.upload_crew import UploadCrew
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.store import (
    SIGNATURE,
    Store,
    answers,
    breaks_off,
    cuts_after,
    cuts_the_answer,
    damages,
    drips,
    stops_reading,
    waits_for,
)

AT_ONCE = UploadSettings(retries=RetryPolicy(max_attempts=3, initial_interval=0.0))
PART = 2 * READ_BYTES + 7
SIZE = 3 * PART + 11


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        thread = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield store
        store.shutdown()
        thread.join()


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


def test_an_archive_arrives_whole_and_is_completed_with_the_etags_in_order(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    send(store, archive, reporter)
    assert store.archive == archive.path.read_bytes()
    listed = [
        (part.findtext("PartNumber"), part.findtext("ETag"))
        for part in ElementTree.fromstring(store.completion)
    ]
    assert listed == [
        (str(number), f'"{hashlib.md5(store.parts[number]).hexdigest()}"')
        for number in (1, 2, 3, 4)
    ]
    assert reporter.steps == ["uploading", "upload complete"]
    assert reporter.sent_bytes == reporter.total_bytes == SIZE


def test_parts_carry_their_type_and_length_and_no_token(
    store: Store,
    archive: Archive,
    reporter: RecordingReporter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    send(store, archive, reporter)
    *parts, completion = store.headers
    assert {each["Content-Type"] for each in parts} == {"application/octet-stream"}
    assert sorted(int(each["Content-Length"]) for each in parts) == [11, PART, PART, PART]
    assert completion["Content-Type"] == "application/xml"
    assert not any("Authorization" in each or "Transfer-Encoding" in each for each in store.headers)


@pytest.mark.parametrize("concurrency", [1, 2])
def test_no_more_parts_are_sent_at_once_than_allowed(
    store: Store, archive: Archive, reporter: RecordingReporter, concurrency: int
) -> None:
    send(store, archive, reporter, concurrency)
    assert store.archive == archive.path.read_bytes()
    assert store.most_at_once <= concurrency


def test_parts_are_sent_at_once(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    together = threading.Barrier(4)

    def meets(_: object) -> bool:
        together.wait(20)
        return False

    store.faults = {str(number): [meets] for number in (1, 2, 3, 4)}
    send(store, archive, reporter)
    assert store.archive == archive.path.read_bytes()


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


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": '"0123456789abcdef0123456789abcdef-1"'},
        {"ETag": "opaque"},
        {
            "ETag": '"0123456789abcdef0123456789abcdef"',
            "x-amz-server-side-encryption": "aws:kms",
        },
    ],
    ids=["of parts", "opaque", "encrypted with a key of somebody"],
)
def test_an_etag_that_is_no_md5_is_handed_back_as_it_is(
    store: Store, archive: Archive, reporter: RecordingReporter, headers: dict[str, str]
) -> None:
    store.faults = {"1": [answers(200, headers=headers)]}
    send(store, archive, reporter)
    assert store.requests["1"] == 1
    assert headers["ETag"].encode() in store.completion


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


def test_connections_are_used_again(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    send(store, archive, reporter, concurrency=1)
    assert store.requests.total() == 5
    assert len(store.connections) == 1


IMPATIENT = replace(AT_ONCE, stall_window=0.2, least_rate=1.0, answer_timeout=0.3, join_timeout=0.3)


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
    assert store.requests["1"] == 2
    assert reporter.sent_bytes == archive.size


def test_a_store_that_stalls_at_every_attempt_fails_the_upload(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    release = threading.Event()
    store.faults = {"complete": [drips(release)] * 3}
    build = store.build(archive.size, PART)
    try:
        with pytest.raises(UploadError, match="3 attempts: the connection stalled"):
            upload(archive, build, reporter=reporter, settings=IMPATIENT)
    finally:
        release.set()


def test_a_limit_of_the_rate_is_no_stall(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    settings = replace(IMPATIENT, stall_window=1.0, least_rate=1e12, rate_limit=20 << 20)
    build = store.build(archive.size, PART)
    upload(archive, build, reporter=reporter, settings=settings)
    assert store.archive == archive.path.read_bytes()
    assert set(store.requests.values()) == {1}


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


def test_one_part_that_fails_stops_the_others(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"1": [answers(403)]}
    with pytest.raises(UploadError):
        send(store, archive, reporter, concurrency=1)
    assert store.requests == {"1": 1}


def test_a_part_that_hangs_does_not_hold_up_the_failure_of_another(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    release = threading.Event()
    store.faults = {"1": [answers(403)], "2": [waits_for(release)]}
    try:
        with pytest.raises(UploadError, match="part 1"):
            send(store, archive, reporter, concurrency=2)
        assert not release.is_set()
    finally:
        release.set()


def test_an_interruption_stops_every_part(
    store: Store, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(crew: UploadCrew) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(UploadCrew, "_next", interrupt)
    reporter = RecordingReporter()
    with pytest.raises(KeyboardInterrupt):
        send(store, archive, reporter, concurrency=1)
    assert store.requests["complete"] == 0
    assert not [each for each in threading.enumerate() if each.name == "upload"]


@pytest.mark.parametrize(
    "fault",
    [
        answers(503),
        answers(200, b'<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>'),
        cuts_after(0),
        breaks_off("HTTP/1.1 200 OK\r\n"),
    ],
    ids=["503", "an error after 200", "cut", "cut in the answer"],
)
def test_the_completion_is_sent_again_after_a_failure_that_may_pass(
    store: Store, archive: Archive, reporter: RecordingReporter, fault
) -> None:
    store.faults = {"complete": [fault]}
    send(store, archive, reporter)
    assert store.requests["complete"] == 2
    assert "upload complete" in reporter.steps


def test_an_upload_that_is_gone_after_an_unanswered_completion_is_complete(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"complete": [cuts_the_answer, answers(404)]}
    send(store, archive, reporter)
    assert "upload complete" in reporter.steps


def test_a_completion_that_is_refused_fails_the_upload(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"complete": [answers(404)]}
    with pytest.raises(LostUploadError, match="the archive was refused by the store: HTTP 404"):
        send(store, archive, reporter)
    assert "upload complete" not in reporter.steps


@pytest.mark.parametrize("fault", [answers(403), answers(500), cuts_after(0)])
def test_no_error_shows_a_presigned_url(
    store: Store, archive: Archive, reporter: RecordingReporter, fault
) -> None:
    store.faults = {"1": [fault] * 3}
    with pytest.raises(UploadError) as caught:
        send(store, archive, reporter)
    seen, error = "", caught.value
    while error is not None:
        seen += repr(error) + str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert SIGNATURE not in seen
    assert "/part/" not in seen


def test_a_url_that_cannot_be_used_is_not_shown(
    archive: Archive, reporter: RecordingReporter
) -> None:
    with Store() as store:
        build = store.build(archive.size, PART)
    broken = build.model_copy(
        update={
            "upload_parts": [
                each.model_copy(
                    update={
                        "put_request_url": type(each.put_request_url)("nonsense:?X-Signature=1")
                    }
                )
                for each in build.upload_parts
            ]
        }
    )
    with pytest.raises(UploadError, match="an upload URL that cannot be used") as caught:
        upload(archive, broken, reporter=reporter, settings=AT_ONCE)
    assert "Signature" not in str(caught.value)


def test_a_store_that_is_not_there_is_said_to_be_so(
    archive: Archive, reporter: RecordingReporter
) -> None:
    with Store() as store:
        build = store.build(archive.size, PART)
    with pytest.raises(UploadError, match=r"3 attempts: http://127\.0\.0\.1:\d+ refused"):
        upload(archive, build, reporter=reporter, settings=AT_ONCE)


def test_urls_that_do_not_fit_the_archive_are_refused_before_anything_is_sent(
    store: Store,
) -> None:
    build = store.build(SIZE, PART)
    with pytest.raises(UploadError, match=r"gave 4 upload URLs for 1 parts"):
        plan_parts(PART, build)
    assert [each.part.length for each in plan_parts(SIZE, build)] == [PART, PART, PART, 11]
