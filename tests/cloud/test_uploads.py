"""Parts of an archive over a real connection: what arrives, what is cut, what is refused."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from defusedxml.ElementTree import fromstring
from starlette.applications import Starlette

from hathora_deploy.api.multipart import CompletedPart, completion_document
from hathora_deploy.cloud.artifacts.directory import DirectoryArtifacts
from hathora_deploy.cloud.artifacts.port import UploadSession
from hathora_deploy.cloud.uploads import routes
from tests.cloud.serving import served
from tests.small_disk import small_disk

PART = 3 * 1024 * 1024 + 7
ARCHIVE = random.Random(7).randbytes(2 * PART + 1234)
SLICES = [ARCHIVE[:PART], ARCHIVE[PART : 2 * PART], ARCHIVE[2 * PART :]]


@pytest.fixture
def artifacts(tmp_path: Path) -> DirectoryArtifacts:
    return DirectoryArtifacts(tmp_path / "archives", b"key", part_size=PART)


@pytest.fixture
def base_url(artifacts: DirectoryArtifacts) -> Iterator[str]:
    with served(Starlette(routes=routes(artifacts))) as url:
        yield url


@pytest.fixture
def session(artifacts: DirectoryArtifacts, base_url: str) -> UploadSession:
    return artifacts.create_upload("k", len(ARCHIVE), base_url=base_url)


def put(session: UploadSession, number: int, data: bytes) -> requests.Response:
    return requests.put(session.part_urls[number - 1].reveal(), data=data, timeout=30)


def complete(session: UploadSession, *parts: CompletedPart) -> requests.Response:
    document = completion_document(parts)
    return requests.post(session.complete_url.reveal(), data=document, timeout=30)


def arrived(response: requests.Response, number: int) -> CompletedPart:
    assert response.status_code == 200, response.text
    return CompletedPart(number, response.headers["ETag"])


def code(response: requests.Response) -> tuple[int, str]:
    """Status and error code of a refusal."""
    assert response.headers["Content-Type"].startswith("application/xml")
    error = fromstring(response.content)
    assert error.tag == "Error"
    assert error.findtext("Message")
    return response.status_code, error.findtext("Code") or ""


def read(artifacts: DirectoryArtifacts) -> bytes:
    with artifacts.fetch("k", threading.Event()) as archive:
        return archive.read_bytes()


def begin_put(url: str, length: int) -> socket.socket:
    """A connection whose PUT has said how long it is, and sent nothing yet."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port or 0), timeout=30)
    head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def wait_until_begun(artifacts: DirectoryArtifacts, data: bytes, start: int) -> None:
    """Wait until the first bytes of a part are in the file."""
    for _ in range(3000):
        with artifacts.upload("k").partial.open("rb") as file:
            file.seek(start)
            if file.read(1000) == data[:1000]:
                return
        time.sleep(0.01)
    pytest.fail("the part never began")


def test_parts_sent_at_once_and_out_of_order_become_the_archive(
    artifacts: DirectoryArtifacts, session: UploadSession
) -> None:
    with ThreadPoolExecutor(3) as pool:
        parts = list(pool.map(lambda n: arrived(put(session, n, SLICES[n - 1]), n), [3, 1, 2]))

    assert {part.number: part.etag for part in parts} == {
        number: f'"{hashlib.md5(data).hexdigest()}"' for number, data in enumerate(SLICES, start=1)
    }
    answer = complete(session, *parts)
    assert answer.status_code == 200
    assert fromstring(answer.content).tag == "CompleteMultipartUploadResult"
    assert read(artifacts) == ARCHIVE


@pytest.mark.parametrize("number", ["9" * 6000, "-1", "x", "%C2%B2"])
def test_a_part_that_nobody_signed_is_refused(
    base_url: str, session: UploadSession, number: str
) -> None:
    url = f"{base_url}/uploads/k/{number}?signature=x"

    assert code(requests.put(url, data=b"x", timeout=30)) == (403, "AccessDenied")


def test_the_url_that_completes_takes_no_part(session: UploadSession) -> None:
    answer = requests.put(session.complete_url.reveal(), data=b"x", timeout=30)

    assert code(answer) == (403, "AccessDenied")


def test_completing_once_more_with_the_same_parts_changes_nothing(
    artifacts: DirectoryArtifacts, session: UploadSession
) -> None:
    parts = [arrived(put(session, n, SLICES[n - 1]), n) for n in (1, 2, 3)]

    assert complete(session, *parts).status_code == 200
    assert complete(session, *parts).status_code == 200
    assert code(complete(session, *parts[:2])) == (404, "NoSuchUpload")
    assert code(put(session, 1, b"other")) == (404, "NoSuchUpload")
    assert read(artifacts) == ARCHIVE


def test_fewer_bytes_than_declared_are_an_archive_too(
    artifacts: DirectoryArtifacts, session: UploadSession
) -> None:
    parts = [arrived(put(session, 1, SLICES[0]), 1), arrived(put(session, 2, b"short"), 2)]

    assert complete(session, *parts).status_code == 200
    assert read(artifacts) == SLICES[0] + b"short"


def test_a_part_sent_again_replaces_the_first(
    artifacts: DirectoryArtifacts, session: UploadSession
) -> None:
    stale = arrived(put(session, 1, b"x" * PART), 1)
    fresh = arrived(put(session, 1, SLICES[0]), 1)

    assert code(complete(session, stale)) == (400, "InvalidPart")
    assert complete(session, fresh).status_code == 200
    assert read(artifacts) == SLICES[0]


def test_a_part_whose_connection_is_cut_has_not_arrived(
    artifacts: DirectoryArtifacts, session: UploadSession
) -> None:
    before = arrived(put(session, 1, b"x" * PART), 1)
    with begin_put(session.part_urls[0].reveal(), PART) as connection:
        connection.sendall(SLICES[0][: PART - 1])
        wait_until_begun(artifacts, SLICES[0], 0)

    assert code(complete(session, before)) == (400, "InvalidPart")
    again = arrived(put(session, 1, SLICES[0]), 1)
    assert complete(session, again).status_code == 200
    assert read(artifacts) == SLICES[0]


def test_two_attempts_at_a_part_at_once_do_not_mix(
    artifacts: DirectoryArtifacts, session: UploadSession
) -> None:
    older = bytes(reversed(SLICES[0]))
    with begin_put(session.part_urls[0].reveal(), PART) as connection:
        connection.sendall(older[: PART // 2])
        wait_until_begun(artifacts, older, 0)
        part = arrived(put(session, 1, SLICES[0]), 1)
        connection.sendall(older[PART // 2 :])
        refusal = connection.makefile("rb").read1()

    assert refusal.startswith(b"HTTP/1.1 409 ")
    assert complete(session, part).status_code == 200
    assert read(artifacts) == SLICES[0]


def test_a_part_longer_than_its_slice_is_refused_and_touches_no_other(
    artifacts: DirectoryArtifacts, session: UploadSession
) -> None:
    second = arrived(put(session, 2, SLICES[1]), 2)
    assert code(put(session, 1, SLICES[0] + b"x" * PART)) == (400, "EntityTooLarge")
    assert code(put(session, 3, SLICES[2] + b"x")) == (400, "EntityTooLarge")

    parts = [arrived(put(session, 1, SLICES[0]), 1), second]
    assert complete(session, *parts).status_code == 200
    assert read(artifacts) == SLICES[0] + SLICES[1]


def test_a_part_sent_without_a_length_arrives_too(
    artifacts: DirectoryArtifacts, session: UploadSession
) -> None:
    pieces = (SLICES[0][at : at + 100_000] for at in range(0, PART, 100_000))
    answer = requests.put(session.part_urls[0].reveal(), data=pieces, timeout=30)

    assert complete(session, arrived(answer, 1)).status_code == 200
    assert read(artifacts) == SLICES[0]


def test_only_a_url_that_was_given_out_opens_anything(session: UploadSession) -> None:
    url = session.part_urls[0].reveal()
    bare, _, _ = url.partition("?")
    # Not the last character: two of its bits are of no byte of the signature.
    changed = url[:-2] + ("A" if url[-2] != "A" else "B") + url[-1]
    other_part = url.replace("/k/1?", "/k/2?")

    for wrong in (bare, f"{bare}?signature=", changed, other_part):
        answer = requests.put(wrong, data=SLICES[0], timeout=30)
        assert code(answer) == (403, "AccessDenied")
    answer = requests.post(url.replace("/k/1?", "/k/complete?"), data=b"<x/>", timeout=30)
    assert code(answer) == (403, "AccessDenied")


def test_an_expired_url_opens_nothing_and_says_so(tmp_path: Path) -> None:
    artifacts = DirectoryArtifacts(tmp_path, b"key", url_lifetime=timedelta(seconds=-1))
    with served(Starlette(routes=routes(artifacts))) as base_url:
        session = artifacts.create_upload("k", 5, base_url=base_url)
        answer = put(session, 1, b"12345")

    assert code(answer) == (403, "AccessDenied")
    assert "expired" in answer.text


def test_a_completion_that_is_none_is_refused(session: UploadSession) -> None:
    url = session.complete_url.reveal()

    assert code(requests.post(url, data=b"{}", timeout=30)) == (400, "MalformedXML")
    endless = requests.post(url, data=b" " * 5_000_000, timeout=30)
    assert code(endless) == (400, "MalformedXML")
    assert "longer than" in endless.text


def test_a_deleted_upload_takes_nothing_more(
    artifacts: DirectoryArtifacts, session: UploadSession, tmp_path: Path
) -> None:
    part = arrived(put(session, 1, SLICES[0]), 1)
    artifacts.delete("k")

    assert code(put(session, 1, SLICES[0])) == (404, "NoSuchUpload")
    assert code(complete(session, part)) == (404, "NoSuchUpload")
    assert not list((tmp_path / "archives").iterdir())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 2) as place:
        yield place


def test_a_part_that_fills_the_disk_is_refused_and_can_be_sent_again(disk: Path) -> None:
    artifacts = DirectoryArtifacts(disk / "archives", b"key", part_size=PART)
    with served(Starlette(routes=routes(artifacts))) as base_url:
        session = artifacts.create_upload("k", 1_500_000, base_url=base_url)
        filler = disk / "filler"
        filler.write_bytes(os.urandom(1_500_000))
        data = ARCHIVE[:1_500_000]

        assert code(put(session, 1, data)) == (507, "InsufficientStorage")
        missing = CompletedPart(1, hashlib.md5(data).hexdigest())
        assert code(complete(session, missing)) == (400, "InvalidPart")
        filler.unlink()
        assert complete(session, arrived(put(session, 1, data), 1)).status_code == 200
        assert read(artifacts) == data
