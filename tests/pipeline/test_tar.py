from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from hathora_deploy.pipeline.archive import archive_bound, pack
from hathora_deploy.pipeline.compression import STORED
from hathora_deploy.pipeline.context import Entry, EntryKind, read_context
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.tar import BLOCK, tar_blocks, tar_size
from hathora_deploy.pipeline.tar_header import MOMENT, header, header_size
from tests.gnu_tar import needs_gnu_tar

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such names")

NAME_CHARACTERS = st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"])
NAMES = st.one_of(
    st.text(NAME_CHARACTERS, min_size=1, max_size=60).filter(
        lambda name: name not in (".", "..") and len(name.encode()) < 250
    ),
    st.sampled_from(
        ["x" * 100, "x" * 101, "y" * 250, "two words", "a\nline", "карта", "地図", "-rf"]
    ),
)
CONTENTS = st.one_of(st.binary(max_size=600), st.integers(0, 1537).map(bytes))
NODES = st.one_of(
    st.tuples(st.just("file"), CONTENTS, st.booleans()),
    st.tuples(st.just("symlink"), NAMES),
    st.tuples(st.just("folder")),
)
TREES = st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map(tuple), NODES, max_size=6)


def grow(root: Path, tree: dict[tuple[str, ...], tuple]) -> Path:
    """What of a tree can stand on a disk: no file below another, no path longer than it takes."""
    root.mkdir()
    (root / "Dockerfile").write_text("FROM scratch\n")
    for path, node in tree.items():
        place = root.joinpath(*path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if node[0] == "file":
                place.write_bytes(node[1])
                place.chmod(0o755 if node[2] else 0o644)
            elif node[0] == "symlink":
                place.symlink_to(node[1])
            else:
                place.mkdir(exist_ok=True)
        except OSError:
            continue
    return root


def described(root: Path) -> dict[str, object]:
    """What a tree holds, by path."""
    found: dict[str, object] = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = ("symlink", str(path.readlink()))
        elif path.is_dir():
            found[name] = "folder"
        else:
            found[name] = (path.read_bytes(), bool(path.stat().st_mode & 0o100))
    return found


def tar_of(entries: Iterable[Entry]) -> bytes:
    return b"".join(bytes(block) for block in tar_blocks(entries))


@needs_gnu_tar
@posix_only
@settings(deadline=None, max_examples=60)
@given(TREES)
def test_any_tree_comes_back_by_python_and_by_gnu_tar(tree: dict[tuple[str, ...], tuple]) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = grow(Path(place, "tree"), tree)
        original = described(root)
        with pack(read_context(root)) as archive:
            with tarfile.open(archive.path) as tar:
                tar.extractall(Path(place, "python"), filter="fully_trusted")
            Path(place, "gnu").mkdir()
            subprocess.run(
                ["tar", "-xzf", archive.path, "-C", Path(place, "gnu")],
                check=True,
                capture_output=True,
            )
        assert described(Path(place, "python")) == original
        assert described(Path(place, "gnu")) == original


@posix_only
@settings(deadline=None, max_examples=60)
@given(TREES)
def test_the_tar_is_that_of_tarfile_and_its_size_is_known_before(
    tree: dict[tuple[str, ...], tuple],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        context = read_context(grow(Path(place, "tree"), tree))
        ours = tar_of(context.entries)
        assert ours == by_tarfile(context.entries)
        assert tar_size(context.entries) == len(ours)


def by_tarfile(entries: Iterable[Entry]) -> bytes:
    file = io.BytesIO()
    with tarfile.TarFile(
        fileobj=file, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8"
    ) as tar:
        for entry in entries:
            header = tarfile.TarInfo(entry.path)
            header.mtime = MOMENT
            header.mode = 0o755 if entry.is_executable else 0o644
            content = None
            if entry.kind is EntryKind.FOLDER:
                header.type, header.mode = tarfile.DIRTYPE, 0o755
            elif entry.kind is EntryKind.SYMLINK:
                header.type, header.mode, header.linkname = tarfile.SYMTYPE, 0o777, entry.target
            else:
                header.size, content = entry.size, io.BytesIO(Path(entry.source).read_bytes())
            tar.addfile(header, content)
    return file.getvalue()


@pytest.mark.parametrize("size", [8**11 - 1, 8**11, 8**12, 10**15])
@pytest.mark.parametrize("name", ["a", "x" * 99, "x" * 100, "x" * 101, "ä"])
@pytest.mark.parametrize("kind", [EntryKind.FILE, EntryKind.FOLDER])
def test_the_size_of_a_header_is_known_without_writing_it(
    size: int, name: str, kind: EntryKind
) -> None:
    entry = Entry(name, name, kind, size if kind is EntryKind.FILE else 0)
    assert header_size(entry) == len(header(entry))


@pytest.mark.skipif(sys.platform != "linux", reason="holes take no room on Linux for certain")
def test_a_file_over_8_gib_has_its_size_and_what_follows_it_is_found(folder: Path) -> None:
    huge = 8**11 + 5
    with (folder / "holes").open("wb") as file:
        file.truncate(huge)
    (folder / "last").write_text("here")
    context = read_context(folder)
    members = {}
    position = 0
    zeros = bytes(BLOCK)
    # Holding what is not zero is enough to read it by, without the room that it would take.
    kept: dict[int, bytes] = {}
    for block in tar_blocks(context.entries):
        data = bytes(block)
        if data != zeros:
            kept[position] = data
        position += len(block)
    assert position == tar_size(context.entries)
    with tarfile.open(fileobj=_Kept(kept, position), mode="r:") as tar:  # type: ignore[arg-type]  # has what tarfile uses
        for member in tar:
            members[member.name] = member.size
        last = tar.extractfile("last")
        assert last is not None
        assert last.read() == b"here"
    assert members["holes"] == huge


class _Kept(io.RawIOBase):
    """A file of zeros but for the blocks that were kept."""

    def __init__(self, blocks: dict[int, bytes], size: int) -> None:
        self._blocks, self._size, self._position = blocks, size, 0

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._position + size)
        data = bytearray(end - self._position)
        for start, block in self._blocks.items():
            low, high = max(start, self._position), min(start + len(block), end)
            if low < high:
                data[low - self._position : high - self._position] = block[
                    low - start : high - start
                ]
        self._position = end
        return bytes(data)

    def seek(self, position: int, whence: int = 0) -> int:
        assert whence == 0
        self._position = position
        return position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no holes unasked")
def test_a_sparse_file_keeps_what_it_holds_where_it_is(folder: Path, tmp_path: Path) -> None:
    with (folder / "sparse").open("wb") as file:
        file.seek(3 << 20)
        file.write(b"in the middle")
        file.truncate(5 << 20)
    with pack(read_context(folder)) as archive, tarfile.open(archive.path) as tar:
        copy = tar.extractfile("sparse")
        assert copy is not None
        assert copy.read() == (folder / "sparse").read_bytes()


@posix_only
def test_each_name_of_a_file_with_hard_links_is_a_file_of_its_own(folder: Path) -> None:
    os.link(folder / "game", folder / "same")
    with pack(read_context(folder)) as archive, tarfile.open(archive.path) as tar:
        for name in ("game", "same"):
            assert tar.getmember(name).isreg()
            content = tar.extractfile(name)
            assert content is not None
            assert content.read() == (folder / "game").read_bytes()


@posix_only
def test_the_bytes_depend_on_neither_umask_nor_owner_nor_links(
    folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    before = os.umask(0o077)
    try:
        copy.mkdir()
        for name in ("Dockerfile", "game"):
            (copy / name).write_bytes((folder / name).read_bytes())
    finally:
        os.umask(before)
    os.link(copy / "game", tmp_path / "elsewhere")
    assert tar_of(read_context(copy).entries) == tar_of(read_context(folder).entries)


DIGEST = """
import sys
from pathlib import Path
from hathora_deploy.pipeline.archive import pack
from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.context import read_context
with pack(read_context(Path(sys.argv[1])), compression=Compression(1)) as archive:
    print(archive.digest)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, names are text")
def test_the_bytes_do_not_depend_on_the_locale_or_the_time_zone(folder: Path) -> None:
    (folder / "карта ä").write_text("map")
    (folder / "link").symlink_to("карта ä")
    digests = {
        subprocess.run(
            [sys.executable, *flags, "-c", DIGEST, str(folder)],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for flags, variables in (
            ((), {"LC_ALL": "C.UTF-8", "TZ": "UTC"}),
            (("-X", "utf8=0"), {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Tokyo"}),
            ((), {"LC_ALL": "POSIX", "TZ": "America/Caracas"}),
        )
    }
    assert len(digests) == 1


def test_a_file_that_becomes_unreadable_is_named(folder: Path) -> None:
    context = read_context(folder)
    (folder / "game").unlink()
    (folder / "game").mkdir()
    with pytest.raises(ContextError, match="game"):
        tar_of(context.entries)


def test_what_is_stored_is_as_large_as_the_bound(folder: Path) -> None:
    (folder / "big").write_bytes(os.urandom((2 << 20) + 5))
    context = read_context(folder)
    with pack(context, compression=STORED) as archive:
        assert archive.size == archive_bound(context)


def test_blocks_stay_what_they_are_while_they_are_kept(folder: Path) -> None:
    (folder / "noise").write_bytes(os.urandom(12 << 20))
    entries = read_context(folder).entries
    expected = tar_of(entries)
    held: list[memoryview] = []
    found = b""
    for block in tar_blocks(entries, keep=3):
        held.append(block)
        if len(held) > 3:
            found += held.pop(0)
    assert found + b"".join(held) == expected


class Forward:
    """Blocks as a file that is read forwards. What is passed over is not kept."""

    def __init__(self, blocks: Iterator[memoryview]) -> None:
        self._blocks = blocks
        self._block = memoryview(b"")
        self._end = 0

    def tell(self) -> int:
        return self._end - len(self._block)

    def seek(self, position: int) -> None:
        while position > self._end and self._next():
            pass
        self._block = self._block[position - self.tell() :]

    def read(self, size: int) -> bytes:
        found = b""
        while len(found) < size and (self._block or self._next()):
            piece = self._block[: size - len(found)]
            self._block = self._block[len(piece) :]
            found += piece
        return found

    def _next(self) -> bool:
        self._block = next(self._blocks, memoryview(b""))
        self._end += len(self._block)
        return bool(self._block)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no holes unasked")
def test_a_file_larger_than_old_headers_can_say_is_followed_by_the_next(folder: Path) -> None:
    """8 GiB, really read, and gone through by tarfile; the disk has nothing of them."""
    size = 8**11 + 513
    (folder / "big").touch()
    os.truncate(folder / "big", size)
    (folder / "last").write_text("the end")
    entries = read_context(folder).entries
    blocks: Any = Forward(tar_blocks(entries))
    with tarfile.open(fileobj=blocks, mode="r:") as tar:
        found = {member.name: member.size for member in tar}
        blocks.seek(tar_size(entries))
    assert found == {entry.path: entry.size for entry in entries}
    assert found["big"] == size
    assert blocks.tell() == tar_size(entries)
