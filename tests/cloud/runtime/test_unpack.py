"""What is written of an archive that was inspected."""

from __future__ import annotations

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
from tests.cloud.runtime.archives import inspected, pack, pack_entries


def entry(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0
) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size, made.mode = kind, link, size, 0o777
    return made


DOCKERFILE = entry("Dockerfile")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "outer" / "folder"
    made.mkdir(parents=True)
    return made


def unpacked(archive: Path, folder: Path) -> list[str]:
    unpack(inspected(archive), folder, cancelled=threading.Event())
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_files_folders_and_links_within_are_unpacked(tmp_path: Path, folder: Path) -> None:
    archive = pack_entries(
        tmp_path / "a.tgz",
        DOCKERFILE,
        entry("./", tarfile.DIRTYPE),
        entry("./a/b/file", size=5),
        entry("a/link", tarfile.SYMTYPE, "b/file"),
        entry("a/up", tarfile.SYMTYPE, "../a/b"),
        entry("hard", tarfile.LNKTYPE, "a/b/file"),
        entry("dangling", tarfile.SYMTYPE, "not/here"),
    )
    assert unpacked(archive, folder) == [
        "Dockerfile",
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


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (entry("f", size=1), entry("./f", size=2)),
        (entry("f", tarfile.SYMTYPE, "Dockerfile"), entry("f", size=2)),
        (entry("f", tarfile.LNKTYPE, "Dockerfile"), entry("f", size=2)),
    ],
    ids=["file", "symlink", "hard link"],
)
def test_of_two_entries_with_one_name_the_later_counts(
    tmp_path: Path, folder: Path, first: tarfile.TarInfo, second: tarfile.TarInfo
) -> None:
    archive = pack_entries(tmp_path / "a.tgz", DOCKERFILE, first, second)
    assert unpacked(archive, folder) == ["Dockerfile", "f"]
    assert (folder / "f").read_bytes() == b"xx"
    assert (folder / "Dockerfile").read_bytes() == b""


def test_a_link_that_comes_after_a_file_of_its_name_replaces_it(
    tmp_path: Path, folder: Path
) -> None:
    archive = pack_entries(
        tmp_path / "a.tgz",
        DOCKERFILE,
        entry("f", size=1),
        entry("f", tarfile.SYMTYPE, "Dockerfile"),
    )
    unpacked(archive, folder)
    assert (folder / "f").readlink() == Path("Dockerfile")


def test_names_that_differ_in_case_are_two_files(tmp_path: Path, folder: Path) -> None:
    assert unpacked(pack(tmp_path / "a.tgz", {"Dockerfile": "", "a": "1", "A": "2"}), folder) == [
        "A",
        "Dockerfile",
        "a",
    ]


def test_where_the_disk_knows_no_case_one_of_two_names_is_not_lost_in_silence(
    tmp_path: Path, folder: Path
) -> None:
    archive = pack(tmp_path / "a.tgz", {"Dockerfile": "", "A": "2"})
    (folder / "A").write_text("what was unpacked as a")
    with pytest.raises(BuildFailed, match=r"'A' differs .* only in how it is spelt"):
        unpacked(archive, folder)
    assert (folder / "A").read_text() == "what was unpacked as a"


def test_no_file_gets_more_rights_than_an_archive_may_give(tmp_path: Path, folder: Path) -> None:
    open_to_all = entry("f")
    open_to_all.mode = 0o6777
    unpacked(pack_entries(tmp_path / "a.tgz", DOCKERFILE, open_to_all), folder)
    assert stat.S_IMODE((folder / "f").stat().st_mode) == 0o755
    assert (folder / "f").stat().st_uid == os.getuid()


def test_an_archive_that_grows_after_its_inspection_is_refused(
    tmp_path: Path, folder: Path
) -> None:
    small = inspected(pack(tmp_path / "a.tgz", {"Dockerfile": ""}))
    pack(tmp_path / "a.tgz", {"Dockerfile": "", "large": bytes(1 << 20)})
    with pytest.raises(BuildFailed, match="has changed since it was inspected"):
        unpack(small, folder, cancelled=threading.Event())


def test_a_link_that_comes_after_the_inspection_leads_nowhere(tmp_path: Path, folder: Path) -> None:
    harmless = inspected(pack_entries(tmp_path / "a.tgz", DOCKERFILE, entry("l")))
    pack_entries(tmp_path / "a.tgz", DOCKERFILE, entry("l", tarfile.SYMTYPE, "../.."))
    with pytest.raises(BuildFailed, match="leads out of the archive"):
        unpack(harmless, folder, cancelled=threading.Event())


def test_unpacking_stops_before_the_disk_is_full(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = inspected(pack(tmp_path / "a.tgz", {"Dockerfile": "", "zeros": bytes(8 << 20)}))
    usage = namedtuple("usage", "total used free")
    left = iter([1 << 30, 1 << 10])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, next(left)))
    monkeypatch.setattr(unpacking, "_CHECK_DISK_EVERY", 1 << 20)
    with pytest.raises(BuildFailed, match="the disk is full"):
        unpack(archive, folder, cancelled=threading.Event())
    assert (folder / "zeros").stat().st_size < 4 << 20


def test_unpacking_stops_when_it_is_cancelled(tmp_path: Path, folder: Path) -> None:
    archive = inspected(pack(tmp_path / "a.tgz", {"Dockerfile": "x"}))
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(BuildCancelled):
        unpack(archive, folder, cancelled=cancelled)
    assert list(folder.iterdir()) == []


def test_names_need_not_be_text(tmp_path: Path, folder: Path) -> None:
    odd = tarfile.TarInfo(os.fsdecode(b"caf\xe9"))
    unpack(
        inspected(pack_entries(tmp_path / "a.tgz", DOCKERFILE, odd)),
        folder,
        cancelled=threading.Event(),
    )
    assert sorted(os.fsencode(path.name) for path in folder.iterdir()) == [
        b"Dockerfile",
        b"caf\xe9",
    ]
