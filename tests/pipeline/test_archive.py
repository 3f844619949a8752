from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from hathora_deploy.pipeline.archive import GrowingArchive, pack, packing
from hathora_deploy.pipeline.compression import AUTO, Compression
from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.errors import ArchiveError, ContextError
from hathora_deploy.pipeline.tar_header import MOMENT
from tests.small_disk import small_disk

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no modes")


def packed(folder: Path) -> bytes:
    with pack(read_context(folder)) as archive:
        data = archive.path.read_bytes()
        assert archive.size == len(data)
        return data


def grow(root: Path, tree: dict[str, bytes], order: list[str]) -> Path:
    root.mkdir()
    (root / "Dockerfile").write_text("FROM scratch\n")
    for name in order:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(tree[name])
    return root


NAMES = st.sampled_from(
    ["a", "b", "maps/a", "maps/deep/ä ö", "z" * 120, "maps-old/a", "x" * 90 + "/y"]
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
@given(st.dictionaries(NAMES, st.binary(max_size=300)), st.randoms())
def test_the_same_tree_gives_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, bytes], random
) -> None:
    one = grow(tmp_path_factory.mktemp("one") / "x", tree, list(tree))
    order = list(tree)
    random.shuffle(order)
    other = grow(tmp_path_factory.mktemp("other") / "y", tree, order)
    for path in other.rglob("*"):
        os.utime(path, (1e9, random.randrange(1, 2**31)))
    assert packed(one) == packed(other)


def test_the_archive_unpacks_to_the_tree_it_was_made_from(folder: Path, tmp_path: Path) -> None:
    (folder / "maps").mkdir()
    (folder / "maps" / ("long" * 30)).write_bytes(os.urandom(3 << 20))
    (folder / "game").chmod(0o755)
    if sys.platform != "win32":
        (folder / "latest").symlink_to("maps/one")
    with pack(read_context(folder)) as archive, tarfile.open(archive.path) as tar:
        tar.extractall(tmp_path / "out")
    for path in folder.rglob("*"):
        copy = tmp_path / "out" / path.relative_to(folder)
        if path.is_symlink():
            assert copy.readlink() == path.readlink()
        elif path.is_file():
            assert copy.read_bytes() == path.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, names are text")
def test_a_name_that_is_no_text_survives(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff\xfe")).write_text("odd")
    with pack(read_context(folder)) as archive, tarfile.open(archive.path) as tar:
        assert os.fsdecode(b"\xff\xfe") in tar.getnames()


@posix_only
def test_owners_times_and_modes_are_those_of_every_machine(folder: Path) -> None:
    (folder / "game").chmod(0o4711)
    (folder / "secret").write_text("")
    (folder / "secret").chmod(0o600)
    (folder / "maps").mkdir(mode=0o700)
    with pack(read_context(folder)) as archive, tarfile.open(archive.path) as tar:
        modes = {member.name: member.mode for member in tar}
        members = tar.getmembers()
    assert modes == {"Dockerfile": 0o644, "game": 0o755, "maps": 0o755, "secret": 0o644}
    owned = {(each.uid, each.gid, each.uname, each.gname, each.mtime) for each in members}
    assert owned == {(0, 0, "", "", MOMENT)}


@posix_only
def test_the_archive_is_readable_by_its_owner_only(folder: Path) -> None:
    with pack(read_context(folder)) as archive:
        assert archive.path.stat().st_mode & 0o777 == 0o600
        assert archive.path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("end", [KeyboardInterrupt, OSError])
def test_the_archive_is_gone_whatever_happens(folder: Path, end: type[BaseException]) -> None:
    def use() -> None:
        nonlocal home
        with pack(read_context(folder)) as archive:
            home = archive.path.parent
            raise end

    home = Path()
    with pytest.raises(end):
        use()
    assert home.name
    assert not home.exists()


@pytest.mark.parametrize(("content", "what"), [(b"", "to 0 bytes"), (b"x" * 99, "to 99 bytes")])
def test_a_file_that_changes_before_its_turn_is_named(
    folder: Path, content: bytes, what: str
) -> None:
    context = read_context(folder)
    (folder / "game").write_bytes(content)
    with pytest.raises(ContextError, match=f"game changed from 10 {what}"), pack(context):
        pass


@pytest.mark.parametrize("size", [1 << 20, 6 << 20])
def test_a_file_that_changes_while_it_is_read_is_named(folder: Path, size: int) -> None:
    (folder / "big").write_bytes(bytes(4 << 20))
    context = read_context(folder)

    def change(_: int) -> None:
        os.truncate(folder / "big", size)

    with (
        pytest.raises(ContextError, match=f"big changed from {4 << 20} to {size}"),
        pack(context, progress=change),
    ):
        pass


def test_a_file_that_is_gone_when_its_turn_comes_is_named(folder: Path) -> None:
    context = read_context(folder)
    (folder / "game").unlink()
    with pytest.raises(ContextError, match="game can no longer be read"), pack(context):
        pass


def test_progress_adds_up_to_the_context(folder: Path) -> None:
    (folder / "big").write_bytes(os.urandom(3 << 20))
    context = read_context(folder)
    heard: list[int] = []

    with pack(context, progress=heard.append):
        assert sum(heard) == context.size
    assert len(heard) > 3


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """For temporary files."""
    with small_disk(tmp_path / "full", 1) as place:
        yield place


def test_a_full_disk_is_one_clear_message(
    folder: Path, full_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(full_disk))
    (folder / "big").write_bytes(os.urandom(3 << 20))
    context = read_context(folder)
    with (
        pytest.raises(ArchiveError, match="there is no room for the archive") as caught,
        pack(context),
    ):
        pass
    assert "TMPDIR" in str(caught.value.hint)
    assert list(full_disk.iterdir()) == []


def test_a_disk_that_fails_otherwise_is_one_clear_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    context = read_context(folder)
    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(ArchiveError, match=r"cannot be written in .*: Read-only"), pack(context):
        pass


def test_a_machine_without_a_folder_for_temporary_files_is_one_clear_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(folder / "nowhere")])
    context = read_context(folder)
    with (
        pytest.raises(ArchiveError, match="no folder for temporary files") as caught,
        pack(context),
    ):
        pass
    assert "TMPDIR" in str(caught.value.hint)


@pytest.mark.parametrize("moment", ["made", "removed"])
def test_ctrl_c_leaves_no_temporary_folder_that_was_just_being(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    context = read_context(folder)
    mkdir, rmtree, pending = Path.mkdir, shutil.rmtree, [KeyboardInterrupt]

    def interrupted_mkdir(path: Path, mode: int = 0o777) -> None:
        mkdir(path, mode)
        raise KeyboardInterrupt

    def interrupted_rmtree(path: Path, ignore_errors: bool = False) -> None:
        if pending:
            raise pending.pop()
        rmtree(path, ignore_errors)

    if moment == "made":
        monkeypatch.setattr(Path, "mkdir", interrupted_mkdir)
    else:
        monkeypatch.setattr(shutil, "rmtree", interrupted_rmtree)
    with pytest.raises(KeyboardInterrupt), pack(context):
        pass
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("compression", [AUTO, Compression(0), Compression(6)], ids=str)
def test_the_digest_is_that_of_the_bytes(folder: Path, compression: Compression) -> None:
    with pack(read_context(folder), compression=compression) as archive:
        assert archive.digest == hashlib.sha256(archive.path.read_bytes()).hexdigest()


def test_a_growing_archive_can_be_read_as_far_as_it_is_there(folder: Path) -> None:
    (folder / "noise").write_bytes(os.urandom(9 << 20))
    context = read_context(folder)
    with pack(context) as whole:
        expected = whole.path.read_bytes()
    found = b""
    with packing(context) as archive:
        assert archive.bound >= len(expected)
        while (there := archive.wait(len(found) + 1)) > len(found):
            with archive.path.open("rb") as file:
                file.seek(len(found))
                found += file.read(there - len(found))
        assert archive.size == len(found)
    assert found == expected


def test_bytes_are_there_before_the_archive_is_complete(folder: Path) -> None:
    (folder / "noise").write_bytes(os.urandom(40 << 20))
    context = read_context(folder)
    first, last = threading.Event(), threading.Event()
    read = 0

    def hold_before_the_end(count: int) -> None:
        nonlocal read
        read += count
        if read > 38 << 20:
            first.set()
            assert last.wait(60)

    with packing(context, progress=hold_before_the_end) as archive:
        assert archive.wait(1 << 20) >= 1 << 20
        assert first.wait(60)
        assert archive.size is None
        last.set()
        assert archive.complete().size == archive.size


def test_what_fails_while_an_archive_grows_is_raised_in_each_reader(folder: Path) -> None:
    (folder / "noise").write_bytes(os.urandom(4 << 20))
    context = read_context(folder)
    (folder / "noise").write_bytes(b"")
    with packing(context) as archive:
        for end in (1 << 20, 4 << 20):
            with pytest.raises(ContextError, match="noise changed"):
                archive.wait(end)
        with pytest.raises(ContextError, match="noise changed"):
            archive.complete()
        assert archive.size is None


def test_a_disk_that_fills_up_while_an_archive_grows_is_one_clear_message(
    folder: Path, full_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(full_disk))
    (folder / "big").write_bytes(os.urandom(3 << 20))
    with (
        packing(read_context(folder)) as archive,
        pytest.raises(ArchiveError, match="there is no room for the archive"),
    ):
        archive.wait(2 << 20)
    assert list(full_disk.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no holes unasked")
@pytest.mark.parametrize("end", [None, KeyboardInterrupt])
def test_whoever_leaves_a_growing_archive_stops_it(
    folder: Path, end: type[BaseException] | None
) -> None:
    with (folder / "endless").open("wb") as file:
        file.truncate(1 << 40)
    context = read_context(folder)
    before = set(threading.enumerate())

    def use() -> None:
        nonlocal home
        with packing(context) as archive:
            home = archive.path.parent
            archive.wait(1000)
            if end is not None:
                raise end

    home = Path()
    with pytest.raises(end) if end else nullcontext():
        use()
    assert home.name
    assert not home.exists()
    assert set(threading.enumerate()) <= before


def test_nobody_waits_for_an_archive_that_was_left(folder: Path) -> None:
    (folder / "noise").write_bytes(os.urandom(40 << 20))
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: int) -> None:
        begun.set()
        assert go_on.wait(60)

    raised: list[BaseException] = []

    def wait_for(archive: GrowingArchive) -> None:
        try:
            archive.wait(archive.bound)
        except ArchiveError as error:
            raised.append(error)

    with packing(read_context(folder), progress=hold) as archive:
        waiter = threading.Thread(target=wait_for, args=(archive,))
        waiter.start()
        assert begun.wait(60)
        archive.stop()
        go_on.set()
    waiter.join(60)
    assert "given up" in str(raised[0])


# Not getrusage: the peak it tells begins with that of the process which forked this one.
MEASURE = """
import re, sys
from pathlib import Path
from hathora_deploy.pipeline.archive import pack
from hathora_deploy.pipeline.context import read_context
with pack(read_context(Path(sys.argv[1]))):
    status = Path("/proc/self/status").read_text()
    print(int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_tree_larger_than_memory_may_hold_is_packed_a_piece_at_a_time(folder: Path) -> None:
    with (folder / "big").open("wb") as file:
        file.truncate(256 << 20)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(folder)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 64
