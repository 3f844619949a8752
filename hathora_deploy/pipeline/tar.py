"""The tar of a build context, as blocks of bytes: the same bytes for the same entries."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from itertools import cycle
from typing import Final

from hathora_deploy.pipeline.context import IGNORE_FILE, Entry, EntryKind
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.progress import Hearer
from hathora_deploy.pipeline.tar_header import header, header_size

BLOCK: Final = 1 << 20
"""Bytes of every block but the last; also the most that one read of a file asks for."""


def tar_size(entries: Iterable[Entry]) -> int:
    """Bytes of the tar to come. Reads no file."""
    size = sum(header_size(each) + _padded(each.size, tarfile.BLOCKSIZE) for each in entries)
    return _padded(size + 2 * tarfile.BLOCKSIZE, tarfile.RECORDSIZE)


def tar_blocks(
    entries: Iterable[Entry], *, keep: int = 0, progress: Hearer = lambda _: None
) -> Iterator[memoryview]:
    """The tar. A block stays what it is until ``keep`` more, and then another one, are asked for.

    ``progress`` hears of the bytes of files as they are read. Raises ContextError for a file that has
    changed since its entry was made, or changes as it is read. A hard link is a file like any other: what
    the archive holds does not depend on how files came onto this machine's disk.
    """
    blocks = _Blocks(keep + 1)
    for entry in entries:
        yield from blocks.add(header(entry))
        if entry.kind is EntryKind.FILE:
            with _unchanged(entry, progress) as content:
                yield from blocks.fill(content.readinto, entry.size)
            yield from blocks.skip(-entry.size % tarfile.BLOCKSIZE)
    yield from blocks.skip(2 * tarfile.BLOCKSIZE)
    yield from blocks.skip(-blocks.size % tarfile.RECORDSIZE)
    yield blocks.rest()


def _padded(size: int, unit: int) -> int:
    return size + -size % unit


class _Blocks:
    """Bytes gathered into blocks. The methods yield each block that has become full."""

    def __init__(self, ring: int) -> None:
        self.size = 0
        """Of all blocks so far."""
        # Memory that is used again need not be asked of the system, which takes its time to clear it.
        self._ring = cycle([memoryview(bytearray(BLOCK)) for _ in range(ring)])
        self._block = next(self._ring)
        self._filled = 0

    def add(self, data: bytes) -> Iterator[memoryview]:
        view = memoryview(data)
        while view:
            free = self._block[self._filled :]
            free[: len(view)] = view[: len(free)]
            yield from self._advance(min(len(view), len(free)))
            view = view[len(free) :]

    def fill(self, readinto: Callable[[memoryview], int], size: int) -> Iterator[memoryview]:
        """Take ``size`` bytes from ``readinto``, which must bring some each time."""
        while size:
            count = readinto(self._block[self._filled : self._filled + size])
            yield from self._advance(count)
            size -= count

    def skip(self, size: int) -> Iterator[memoryview]:
        """Add so many zeros."""
        while size:
            count = min(size, BLOCK - self._filled)
            self._block[self._filled : self._filled + count] = bytes(count)
            yield from self._advance(count)
            size -= count

    def rest(self) -> memoryview:
        return self._block[: self._filled]

    def _advance(self, count: int) -> Iterator[memoryview]:
        self.size += count
        self._filled += count
        if self._filled == BLOCK:
            yield self._block
            self._block, self._filled = next(self._ring), 0


class _UnchangedFile:
    """A file that must stay as long as it was found. Raises ContextError if it does not."""

    def __init__(self, entry: Entry, file: FileIO, progress: Hearer) -> None:
        self._entry = entry
        self._file = file
        self._progress = progress

    def require_size(self) -> None:
        found = os.fstat(self._file.fileno()).st_size
        if found != self._entry.size:
            raise _changed(self._entry, f"from {self._entry.size} to {found} bytes")

    def readinto(self, place: memoryview) -> int:
        try:
            count = self._file.readinto(place)
        except OSError as error:
            raise _unreadable(self._entry, error) from None
        if not count:
            self.require_size()
            raise _changed(self._entry, "and was shorter for a moment")
        self._progress(count)
        return count


@contextmanager
def _unchanged(entry: Entry, progress: Hearer) -> Iterator[_UnchangedFile]:
    try:
        file = FileIO(entry.source)
    except OSError as error:
        raise _unreadable(entry, error) from None
    with file:
        content = _UnchangedFile(entry, file, progress)
        content.require_size()
        yield content
        content.require_size()


def _changed(entry: Entry, how: str) -> ContextError:
    return ContextError(
        f"{entry.source} changed {how} while it was packed",
        hint=f"stop what writes to it, or name it in {IGNORE_FILE}",
    )


def _unreadable(entry: Entry, error: OSError) -> ContextError:
    return ContextError(f"{entry.source} can no longer be read: {error.strerror}")
