from __future__ import annotations

import hashlib
import os
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.pipeline import upload as upload_module
from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.part import READ_BYTES
from hathora_deploy.pipeline.upload import plan_parts, upload
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.store import (
    SIGNATURE,
    Store,
    answers,
    cuts_after,
    cuts_the_answer,
    waits_for,
)

AT_ONCE = RetryPolicy(max_attempts=3, initial_interval=0.0)
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
    path = tmp_path / "context.tgz"
    path.write_bytes(os.urandom(SIZE))
    return Archive(path, SIZE, digest="")


def send(store: Store, archive: Archive, reporter: RecordingReporter, concurrency: int = 4) -> None:
    build = store.build(archive.size, PART)
    upload(archive, build, reporter=reporter, concurrency=concurrency, policy=AT_ONCE)


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
    [cuts_after(0), cuts_after(READ_BYTES), answers(500), answers(503), answers(429), answers(408)],
    ids=["cut at once", "cut midway", "500", "503", "429", "408"],
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
        send(store, archive, reporter)
    assert store.requests["1"] == 1
    assert store.requests["complete"] == 0


def test_an_answer_without_an_etag_is_final(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"1": [answers(200)]}
    with pytest.raises(UploadError, match="part 1: the store answered without an ETag"):
        send(store, archive, reporter)


def test_one_part_that_fails_stops_the_others(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"1": [answers(403)]}
    with pytest.raises(UploadError):
        send(store, archive, reporter, concurrency=1)
    assert store.requests == {"1": 1}


def test_a_part_that_hangs_does_not_hold_up_the_failure_of_another(
    store: Store,
    archive: Archive,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upload_module, "_STOP_TIMEOUT", 0.05)
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
    def interrupt(results: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(upload_module, "_next", interrupt)
    reporter = RecordingReporter()
    with pytest.raises(KeyboardInterrupt):
        send(store, archive, reporter, concurrency=1)
    assert store.requests["complete"] == 0
    assert not [each for each in threading.enumerate() if each.name.startswith("upload-")]


@pytest.mark.parametrize(
    "fault",
    [
        answers(503),
        answers(200, b'<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>'),
        cuts_after(0),
    ],
    ids=["503", "an error after 200", "cut"],
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
    with pytest.raises(UploadError, match="the archive was refused by the store: HTTP 404"):
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
        upload(archive, broken, reporter=reporter, policy=AT_ONCE)
    assert "Signature" not in str(caught.value)


def test_a_store_that_is_not_there_is_said_to_be_so(
    archive: Archive, reporter: RecordingReporter
) -> None:
    with Store() as store:
        build = store.build(archive.size, PART)
    with pytest.raises(UploadError, match=r"3 attempts: http://127\.0\.0\.1:\d+ refused"):
        upload(archive, build, reporter=reporter, policy=AT_ONCE)


def test_urls_that_do_not_fit_the_archive_are_refused_before_anything_is_sent(
    store: Store,
) -> None:
    build = store.build(SIZE, PART)
    with pytest.raises(UploadError, match=r"gave 4 upload URLs for 1 parts"):
        plan_parts(PART, build)
    assert [each.part.length for each in plan_parts(SIZE, build)] == [PART, PART, PART, 11]
