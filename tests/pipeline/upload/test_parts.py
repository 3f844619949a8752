"""The parts of an archive arrive whole, several at once, and are completed."""

from __future__ import annotations

import hashlib
import threading
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.part_plan import plan_parts
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.store import (
    Store,
    answers,
)
from tests.pipeline.upload.conftest import PART, SIZE, send


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


def test_connections_are_used_again(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    send(store, archive, reporter, concurrency=1)
    assert store.requests.total() == 5
    assert len(store.connections) == 1


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


def test_urls_that_do_not_fit_the_archive_are_refused_before_anything_is_sent(
    store: Store,
) -> None:
    build = store.build(SIZE, PART)
    with pytest.raises(UploadError, match=r"gave 4 upload URLs for 1 parts"):
        plan_parts(PART, build)
    assert [each.part.length for each in plan_parts(SIZE, build)] == [PART, PART, PART, 11]
