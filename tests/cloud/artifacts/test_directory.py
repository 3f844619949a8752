"""Archives in a directory: who may read them, what is refused, what is cleaned up."""

import os
import stat
import time
from contextlib import nullcontext
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.api.multipart import CompletedPart
from hathora_deploy.cloud.artifacts.directory import DirectoryArtifacts
from hathora_deploy.cloud.artifacts.errors import AccessDenied, EntityTooLarge, NoSuchUpload
from hathora_deploy.cloud.artifacts.signing import UploadUrls
from hathora_deploy.cloud.errors import BuildFailed

HOUR = timedelta(hours=1)


@pytest.fixture
def artifacts(tmp_path: Path) -> DirectoryArtifacts:
    return DirectoryArtifacts(tmp_path / "archives", b"key", part_size=10)


def put(artifacts: DirectoryArtifacts, key: str, number: int, data: bytes) -> CompletedPart:
    writer = artifacts.upload(key).begin_part(number)
    writer.write(data)
    etag = writer.finish()
    writer.close()
    return CompletedPart(number, etag)


def test_an_upload_has_a_url_for_each_part_and_shows_none_of_them(
    artifacts: DirectoryArtifacts,
) -> None:
    session = artifacts.create_upload("k", 25, base_url="http://cloud/")

    assert session.part_size == 10
    assert [url.reveal().partition("?")[0] for url in session.part_urls] == [
        "http://cloud/uploads/k/1",
        "http://cloud/uploads/k/2",
        "http://cloud/uploads/k/3",
    ]
    assert session.complete_url.reveal().startswith("http://cloud/uploads/k/complete?")
    assert "signature" not in repr(session)


def test_only_the_owner_can_read_what_is_uploaded(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        artifacts = DirectoryArtifacts(tmp_path / "archives", b"key", part_size=10)
        artifacts.create_upload("k", 5, base_url="")
        part = put(artifacts, "k", 1, b"12345")
        artifacts.upload("k").complete((part,))
    finally:
        os.umask(old)

    found = [tmp_path / "archives", *(tmp_path / "archives").rglob("*")]
    assert {path.name for path in found} >= {"archives", "k", "archive.tgz"}
    for path in found:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_an_archive_is_there_once_it_is_complete_and_until_it_is_deleted(
    artifacts: DirectoryArtifacts,
) -> None:
    artifacts.create_upload("k", 5, base_url="")
    part = put(artifacts, "k", 1, b"12345")
    assert not artifacts.is_complete("k")
    with pytest.raises(BuildFailed), artifacts.fetch("k", Event()):
        pass

    artifacts.upload("k").complete((part,))
    assert artifacts.is_complete("k")
    with artifacts.fetch("k", Event()) as archive:
        assert archive.read_bytes() == b"12345"

    artifacts.delete("k")
    artifacts.delete("k")
    assert not artifacts.is_complete("k")


def test_an_archive_that_does_not_fit_the_disk_is_refused_with_both_sizes(
    artifacts: DirectoryArtifacts, tmp_path: Path
) -> None:
    with pytest.raises(InternalServerError, match=r"needs 1,000,000,000,000,000,000 bytes.* free"):
        artifacts.create_upload("k", 10**18, base_url="")
    assert not list((tmp_path / "archives").iterdir())


def test_an_archive_of_a_size_that_nobody_knew_is_taken_in_one_piece(
    artifacts: DirectoryArtifacts,
) -> None:
    whole = artifacts.create_whole_upload("k", artifacts.room(), base_url="http://cloud/")

    artifacts.take("k", BytesIO(b"longer than a part"))

    assert whole.url.reveal().startswith("http://cloud/uploads/k/archive?")
    with artifacts.fetch("k", Event()) as archive:
        assert archive.read_bytes() == b"longer than a part"


def test_an_archive_that_is_larger_than_there_was_room_is_not_taken(
    artifacts: DirectoryArtifacts,
) -> None:
    artifacts.create_whole_upload("k", 10, base_url="")

    with pytest.raises(EntityTooLarge):
        artifacts.take("k", BytesIO(b"longer than that"))
    assert not artifacts.is_complete("k")


def test_an_archive_is_taken_once(artifacts: DirectoryArtifacts) -> None:
    artifacts.create_whole_upload("k", 10, base_url="")
    artifacts.take("k", BytesIO(b"first"))

    with pytest.raises(NoSuchUpload):
        artifacts.take("k", BytesIO(b"second"))
    with artifacts.fetch("k", Event()) as archive:
        assert archive.read_bytes() == b"first"


@pytest.mark.parametrize("key", ["", "..", "a/b", "../x", "a\0", "-x", "ä"])
def test_a_key_never_leads_out_of_the_directory(artifacts: DirectoryArtifacts, key: str) -> None:
    with pytest.raises(ValueError, match="cannot be the key"):
        artifacts.delete(key)


def test_uploads_that_nobody_completed_are_removed_when_they_are_old(
    artifacts: DirectoryArtifacts, tmp_path: Path
) -> None:
    for key in ("old", "young", "complete"):
        artifacts.create_upload(key, 5, base_url="")
    artifacts.upload("complete").complete((put(artifacts, "complete", 1, b"12345"),))
    for path in (tmp_path / "archives").glob("*/archive.*"):
        if path.parent.name != "young":
            os.utime(path, (0, 0))

    (tmp_path / "archives" / ".not-ours").touch()

    assert artifacts.expire(older_than=HOUR) == 1
    assert {path.name for path in (tmp_path / "archives").iterdir()} == {
        ".not-ours",
        "young",
        "complete",
    }


def test_a_url_opens_its_own_path_and_no_other() -> None:
    urls = UploadUrls(b"key", HOUR)
    signature = urls.sign("", "k", "1").reveal().partition("=")[2]

    urls.check("k", "1", signature)
    for key, step in [("k", "2"), ("k", "complete"), ("l", "1"), ("k", "1.1")]:
        with pytest.raises(AccessDenied):
            urls.check(key, step, signature)
    with pytest.raises(AccessDenied):
        UploadUrls(b"another key", HOUR).check("k", "1", signature)


@pytest.mark.parametrize(
    ("minutes", "is_good"), [(-61, False), (-59, True), (10, True), (61, False)]
)
def test_a_url_is_good_for_its_time_also_when_the_clock_was_set_back(
    monkeypatch: pytest.MonkeyPatch, minutes: int, is_good: bool
) -> None:
    urls = UploadUrls(b"key", HOUR)
    signed_at = time.time() + minutes * 60
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: signed_at)
        signature = urls.sign("", "k", "1").reveal().partition("=")[2]
    with nullcontext() if is_good else pytest.raises(AccessDenied, match="has expired"):
        urls.check("k", "1", signature)


@given(place=st.integers(min_value=0, max_value=30), letter=st.characters())
def test_a_changed_signature_opens_nothing(place: int, letter: str) -> None:
    urls = UploadUrls(b"key", HOUR)
    signature = urls.sign("", "k", "1").reveal().partition("=")[2]
    changed = signature[:place] + letter + signature[place + 1 :]
    if changed == signature:
        return

    with pytest.raises(AccessDenied):
        urls.check("k", "1", changed)
