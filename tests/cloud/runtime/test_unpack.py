"""Archives that no honest tool would pack, and damaged ones."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import tarfile
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed
from hathora_deploy.cloud.runtime import unpack as unpacking
from hathora_deploy.cloud.runtime.unpack import unpack
from tests.cloud.runtime.archives import pack, pack_entries


def entry(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0
) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size, made.mode = kind, link, size, 0o777
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "outer" / "folder"
    made.mkdir(parents=True)
    return made


def unpacked(archive: Path, folder: Path) -> list[str]:
    unpack(archive, folder, cancelled=threading.Event())
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_files_folders_and_links_within_are_unpacked(tmp_path: Path, folder: Path) -> None:
    archive = pack_entries(
        tmp_path / "a.tgz",
        entry("./", tarfile.DIRTYPE),
        entry("./a/b/file", size=5),
        entry("a/link", tarfile.SYMTYPE, "b/file"),
        entry("a/up", tarfile.SYMTYPE, "../a/b"),
        entry("hard", tarfile.LNKTYPE, "a/b/file"),
        entry("dangling", tarfile.SYMTYPE, "not/here"),
    )
    assert unpacked(archive, folder) == [
        "a",
        "a/b",
        "a/b/file",
        "a/link",
        "a/up",
        "dangling",
        "hard",
    ]
    assert (folder / "a/up/file").read_bytes() == b"xxxxx"
    assert (folder / "hard").read_bytes() == b"xxxxx"


def test_of_two_entries_with_one_name_the_later_counts(tmp_path: Path, folder: Path) -> None:
    archive = pack_entries(tmp_path / "a.tgz", entry("f", size=1), entry("./f", size=2))
    assert unpacked(archive, folder) == ["f"]
    assert (folder / "f").stat().st_size == 2


@pytest.mark.parametrize(
    "entries",
    [
        [entry("../evil")],
        [entry("a/../../evil")],
        [entry("/tmp/evil")],
        [entry("..")],
        [entry("l", tarfile.SYMTYPE, "/etc/passwd")],
        [entry("l", tarfile.SYMTYPE, "..")],
        [entry("l", tarfile.SYMTYPE, "../folder-of-another")],
        [entry("d/e/up", tarfile.SYMTYPE, "../.."), entry("l", tarfile.SYMTYPE, "d/e/up/..")],
        [entry("l", tarfile.SYMTYPE, "missing/../../evil")],
        [entry("l", tarfile.SYMTYPE, "l")],
        [entry("l", tarfile.SYMTYPE, ".."), entry("l/evil", size=1)],
        [entry("d", tarfile.SYMTYPE, "e"), entry("e/x"), entry("d/y", tarfile.SYMTYPE, "x")],
        [entry("h", tarfile.LNKTYPE, "../../secret")],
        [entry("h", tarfile.LNKTYPE, "/etc/passwd")],
        [entry("h", tarfile.LNKTYPE, "not-there")],
        [entry("l", tarfile.SYMTYPE, "../../secret"), entry("h", tarfile.LNKTYPE, "l")],
        [entry("pipe", tarfile.FIFOTYPE)],
        [entry("null", tarfile.CHRTYPE)],
        [entry("disk", tarfile.BLKTYPE)],
        [entry("f"), entry("f/g")],
        [entry("n" * 300)],
    ],
    ids=lambda entries: " ".join(f"{one.name[:20]}>{one.linkname}" for one in entries),
)
def test_an_entry_that_reaches_out_is_refused(
    tmp_path: Path, folder: Path, entries: list[tarfile.TarInfo]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    archive = pack_entries(tmp_path / "a.tgz", *entries)
    with pytest.raises((BuildFailed, OSError)):
        unpacked(archive, folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tgz", "outer", "secret"]
    assert [path.name for path in (tmp_path / "outer").iterdir()] == ["folder"]
    assert secret.stat().st_nlink == 1


def test_no_file_gets_more_rights_than_an_archive_may_give(tmp_path: Path, folder: Path) -> None:
    open_to_all = entry("f")
    open_to_all.mode = 0o6777
    unpacked(pack_entries(tmp_path / "a.tgz", open_to_all), folder)
    assert stat.S_IMODE((folder / "f").stat().st_mode) == 0o755
    assert (folder / "f").stat().st_uid == os.getuid()


@pytest.mark.parametrize("missing", [1, 8, 100, 5000])
def test_an_archive_that_is_cut_short_is_told_as_such(
    tmp_path: Path, folder: Path, missing: int
) -> None:
    archive = pack(tmp_path / "a.tgz", {"f": os.urandom(20_000), "g": os.urandom(20_000)})
    archive.write_bytes(archive.read_bytes()[:-missing])
    with pytest.raises(BuildFailed, match="damaged or cut short"):
        unpacked(archive, folder)


def test_a_byte_that_changed_on_the_way_is_found(tmp_path: Path, folder: Path) -> None:
    archive = pack(tmp_path / "a.tgz", {"f": os.urandom(20_000)})
    data = bytearray(archive.read_bytes())
    data[10_000] ^= 1
    archive.write_bytes(data)
    with pytest.raises(BuildFailed, match="damaged or cut short"):
        unpacked(archive, folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 a zip", gzip.compress(b"no tar at all, " * 100), gzip.compress(b"short")],
    ids=["empty", "zip", "gzip of text", "gzip of little"],
)
def test_what_is_no_gzipped_tar_is_refused(tmp_path: Path, folder: Path, content: bytes) -> None:
    archive = tmp_path / "a.tgz"
    archive.write_bytes(content)
    with pytest.raises(BuildFailed, match="damaged or cut short"):
        unpacked(archive, folder)


def test_a_broken_header_is_not_taken_for_the_end(tmp_path: Path, folder: Path) -> None:
    plain = gzip.decompress(pack(tmp_path / "a.tgz", {"f": "x", "g": "y"}).read_bytes())
    broken = plain[:1024] + b"rubbish" + plain[1031:]
    (tmp_path / "b.tgz").write_bytes(gzip.compress(broken))
    with pytest.raises(BuildFailed, match="damaged or cut short"):
        unpacked(tmp_path / "b.tgz", folder)


def test_a_header_of_forged_size_is_not_read_into_memory(tmp_path: Path, folder: Path) -> None:
    forged = entry("x", tarfile.XHDTYPE, size=4 << 30).tobuf()
    (tmp_path / "a.tgz").write_bytes(gzip.compress(forged + bytes(1 << 20)))
    with pytest.raises(BuildFailed, match="4294967296 bytes"):
        unpacked(tmp_path / "a.tgz", folder)


def test_too_many_files_are_refused(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "_MAX_ENTRIES", 3)
    archive = pack(tmp_path / "a.tgz", dict.fromkeys("abcd", ""))
    with pytest.raises(BuildFailed, match="more than 3 files"):
        unpacked(archive, folder)


def test_unpacking_stops_before_the_disk_is_full(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    left = iter([1 << 30, 1 << 10])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, next(left)))
    monkeypatch.setattr(unpacking, "_CHECK_DISK_EVERY", 1 << 20)
    archive = pack(tmp_path / "a.tgz", {"zeros": bytes(8 << 20)})
    with pytest.raises(BuildFailed, match="the disk is full"):
        unpacked(archive, folder)
    assert (folder / "zeros").stat().st_size < 4 << 20


def test_unpacking_stops_when_it_is_cancelled(tmp_path: Path, folder: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    archive = pack(tmp_path / "a.tgz", {"a": "x"})
    with pytest.raises(BuildCancelled):
        unpack(archive, folder, cancelled=cancelled)
    assert list(folder.iterdir()) == []


def test_names_need_not_be_text(tmp_path: Path, folder: Path) -> None:
    with tarfile.open(tmp_path / "a.tgz", "w:gz", format=tarfile.GNU_FORMAT) as tar:
        odd = tarfile.TarInfo(os.fsdecode(b"caf\xe9"))
        tar.addfile(odd, io.BytesIO())
    unpack(tmp_path / "a.tgz", folder, cancelled=threading.Event())
    assert [os.fsencode(path.name) for path in folder.iterdir()] == [b"caf\xe9"]
