"""The entries of a tar, one after another, each with its content: nothing is held of those before."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from hathora_deploy.cloud.archive.header import (
    BLOCK,
    END,
    Header,
    Malformed,
    decode,
    decode_records,
)
from hathora_deploy.cloud.archive.inflation import Inflated
from hathora_deploy.cloud.archive.limits import Bound
from hathora_deploy.cloud.archive.names import shown
from hathora_deploy.cloud.errors import ArchiveDamaged, BuildFailed

_LARGEST_EXTENSION: Final = 1 << 20
_LONGEST_PADDING: Final = 16 << 20
"""Bytes of zeros after the end; tapes are written in records of a few MiB at most."""
_EXTENSIONS: Final = {b"x": "PAX", b"L": "long name", b"K": "long link"}
_GLOBAL: Final = b"g"
_SPARSE: Final = (b"GNU.sparse.", b"SCHILY.realsize")
_ABOUT_ONE_ENTRY: Final = {b"path", b"linkpath", b"size"}


class EntryKind(Enum):
    """What an entry is."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symlink"
    HARD_LINK = "hard link"


_KINDS: Final = {
    b"0": EntryKind.FILE,
    b"\0": EntryKind.FILE,
    b"1": EntryKind.HARD_LINK,
    b"2": EntryKind.SYMLINK,
    b"5": EntryKind.FOLDER,
}
_ODD_KINDS: Final = {b"3": "a device", b"4": "a device", b"6": "a named pipe"}


class Entry(NamedTuple):
    """One entry, as the archive has it: nothing of it is to be trusted."""

    name: bytes
    kind: EntryKind
    size: int
    mode: int
    mtime: int
    target: bytes
    """Where a link leads."""


class TarStream:
    """Reads forward only. ``extensions`` bounds the bytes of headers that extend others.

    Raises BuildFailed, or BuildCancelled.
    """

    def __init__(self, inflated: Inflated, *, extensions: int) -> None:
        self._inflated = inflated
        self._extensions_left = extensions
        self._left = 0
        self._padding = 0

    @property
    def position(self) -> int:
        """Bytes of the tar so far."""
        return self._inflated.position

    def entries(self) -> Iterator[Entry]:
        """Every entry. What is not read of its content until the next one is asked for is passed over."""
        while (entry := self._next()) is not None:
            self._left, self._padding = entry.size, -entry.size % BLOCK
            yield entry
            for _ in self.content():
                pass
            self._pass_padding()
        self._require_end()

    def content(self) -> Iterator[bytes]:
        """The content of the entry that was given last, a piece at a time."""
        for piece in self._inflated.pieces(self._left):
            self._left -= len(piece)
            yield piece
        if self._left:
            raise self._damaged(f"it stops {self._left:,} bytes early")

    def _next(self) -> Entry | None:
        """The header of the next entry, with what those before it say of it."""
        seen: dict[bytes, bytes] = {}
        while (header := self._header()) is not None:
            if header.type in _EXTENSIONS:
                if header.type in seen:
                    raise self._damaged(f"two {_EXTENSIONS[header.type]} headers for one entry")
                seen[header.type] = self._extension(header)
            elif header.type == _GLOBAL:
                self._check_global(self._records(self._extension(header)))
            else:
                return self._entry(header, seen)
        if seen:
            raise self._damaged("a header extends an entry that never comes")
        return None

    def _header(self) -> Header | None:
        block = self._inflated.take(BLOCK)
        if block == END:
            return None
        if len(block) < BLOCK:
            raise self._damaged("it stops before its end")
        try:
            return decode(block)
        except Malformed as error:
            raise self._damaged(f"a header cannot be read: {error}") from None

    def _extension(self, header: Header) -> bytes:
        if header.size > _LARGEST_EXTENSION:
            raise self._damaged(f"a header claims {header.size:,} bytes")
        self._extensions_left -= BLOCK + header.size
        if self._extensions_left < 0:
            raise BuildFailed(
                f"the archive has too many PAX headers: {self._place()}",
                hint="pack the folder without extended attributes",
            )
        self._left, self._padding = header.size, -header.size % BLOCK
        data = b"".join(self.content())
        self._pass_padding()
        return data

    def _records(self, data: bytes) -> Mapping[bytes, bytes]:
        try:
            return decode_records(data)
        except Malformed as error:
            raise self._damaged(f"a header cannot be read: {error}") from None

    def _check_global(self, records: Mapping[bytes, bytes]) -> None:
        # Some programs apply these to every entry, and some to none.
        if any(key in _ABOUT_ONE_ENTRY or key.startswith(_SPARSE) for key in records):
            raise self._damaged("a global header gives every entry one name or size")

    def _entry(self, header: Header, seen: Mapping[bytes, bytes]) -> Entry:
        name, target, size = header.name, header.target, header.size
        records: Mapping[bytes, bytes] = {}
        if seen:
            records = self._records(seen.get(b"x", b""))
            name = self._extended(name, records.get(b"path"), seen.get(b"L"))
            target = self._extended(target, records.get(b"linkpath"), seen.get(b"K"))
            size = self._extended_size(size, records)
        kind = self._kind(header, name, records)
        if kind is EntryKind.FILE and size > self._inflated.bound.size - self._inflated.position:
            bound = self._inflated.bound
            raise BuildFailed(
                f"{shown(name)} in the archive claims {size:,} bytes: {bound.message}",
                hint=bound.hint,
            )
        if kind is not EntryKind.FILE and size:
            raise self._damaged(f"{shown(name)} is a {kind.value}, and claims content")
        return Entry(name, kind, size, header.mode & 0o7777, header.mtime, target)

    def _extended(self, short: bytes, record: bytes | None, long: bytes | None) -> bytes:
        if record and long:
            raise self._damaged("an entry has a name by PAX and one by GNU")
        text = record or (long.removesuffix(b"\0") if long else short)
        if b"\0" in text:
            raise self._damaged("a name has a zero in it")
        return text

    def _extended_size(self, short: int, records: Mapping[bytes, bytes]) -> int:
        text = records.get(b"size")
        if not text:
            return short
        if not text.isdigit() or len(text) > len(str(1 << 64)):
            raise self._damaged("a header cannot be read: its size is no number")
        return int(text)

    def _kind(self, header: Header, name: bytes, records: Mapping[bytes, bytes]) -> EntryKind:
        if header.type == b"S" or (records and any(key.startswith(_SPARSE) for key in records)):
            raise BuildFailed(
                f"{shown(name)} in the archive is packed as a sparse file",
                hint="pack the folder without --sparse (-S)",
            )
        if header.type == b"\0" and name.endswith(b"/"):  # as there were tars before folders
            return EntryKind.FOLDER
        if header.type not in _KINDS:
            what = _ODD_KINDS.get(header.type, f"of the unknown type {shown(header.type)}")
            raise BuildFailed(
                f"{shown(name)} in the archive is {what}",
                hint="an archive holds files, folders and links: leave it out",
            )
        return _KINDS[header.type]

    def _pass_padding(self) -> None:
        if len(self._inflated.take(self._padding)) < self._padding:
            raise self._damaged("it stops before its end")

    def _require_end(self) -> None:
        """After a block of zeros there is another, and after that nothing but zeros."""
        if self._inflated.take(BLOCK) != END:
            raise self._damaged("its end is not whole")
        for piece in self._inflated.pieces(_LONGEST_PADDING):
            if piece.strip(b"\0"):
                raise self._damaged("something follows its end")
        if self._inflated.take(1):
            raise self._damaged(f"over {_LONGEST_PADDING >> 20} MiB of nothing follow its end")

    def _damaged(self, reason: str) -> ArchiveDamaged:
        return ArchiveDamaged(f"{reason} ({self._place()})")

    def _place(self) -> str:
        return f"before byte {self._inflated.position:,} of the tar"


@contextmanager
def open_tar(
    archive: Path, *, bound: Bound, extensions: int, cancelled: threading.Event
) -> Iterator[TarStream]:
    """The tar of an archive."""
    with archive.open("rb") as file:
        inflated = Inflated(file, bound=bound, cancelled=cancelled)
        yield TarStream(inflated, extensions=extensions)
