"""What stands before an entry in a tar: the header that tarfile would write, in a tenth of its time if it is plain.

Like git, an archive knows of modes only whether a file is executable, and no owners or times.
"""

from __future__ import annotations

import os
import tarfile
from dataclasses import dataclass
from functools import cache
from typing import Final

from hathora_deploy.pipeline.context import Entry, EntryKind

MOMENT: Final = 315_619_200
"""Every entry's time, in Unix seconds: 1980-01-02, because ZIP files made in a build know none before."""

_MAX_OCTAL: Final = 8**11
"""Bytes from which on a file's size takes a PAX header."""


def header(entry: Entry) -> bytes:
    """One block, or several where a name, a link or a size does not fit into it."""
    if not _is_plain(entry):
        return _by_tarfile(entry)
    frame = _frame(entry.kind, entry.is_executable)
    name = _name(entry).encode("ascii").ljust(tarfile.LENGTH_NAME, b"\0")
    target = entry.target.encode("ascii").ljust(tarfile.LENGTH_LINK, b"\0")
    size = b"%011o\0" % entry.size
    checksum = b"%06o\0 " % (frame.checksum + sum(name) + sum(size) + sum(target))
    return b"".join((name, frame.mode, size, frame.time, checksum, frame.kind, target, frame.rest))


def header_size(entry: Entry) -> int:
    """Most headers are of one block, which need not be written to be measured."""
    return tarfile.BLOCKSIZE if _is_plain(entry) else len(_by_tarfile(entry))


def _is_plain(entry: Entry) -> bool:
    name, target = _name(entry), entry.target
    return (
        name.isascii()
        and target.isascii()
        and len(name) <= tarfile.LENGTH_NAME
        and len(target) <= tarfile.LENGTH_LINK
        and entry.size < _MAX_OCTAL
    )


def _name(entry: Entry) -> str:
    return entry.path + "/" if entry.kind is EntryKind.FOLDER else entry.path


@dataclass(frozen=True)
class _Frame:
    """What plain headers of a kind have in common, field by field, and its share of their checksum."""

    mode: bytes
    """With the owners, who are none."""
    time: bytes
    kind: bytes
    rest: bytes
    checksum: int


@cache
def _frame(kind: EntryKind, is_executable: bool) -> _Frame:
    block = _by_tarfile(Entry("", "", kind, is_executable=is_executable))
    fields = (block[100:124], block[136:148], block[156:157], block[257:])
    own_place = 8 * ord(" ")  # for which the checksum takes itself
    return _Frame(*fields, checksum=sum(map(sum, fields)) + own_place)


def _by_tarfile(entry: Entry) -> bytes:
    member = tarfile.TarInfo(_text(entry.path))
    member.mtime = MOMENT
    if entry.kind is EntryKind.FOLDER:
        member.type, member.mode = tarfile.DIRTYPE, 0o755
    elif entry.kind is EntryKind.SYMLINK:
        member.type, member.mode, member.linkname = tarfile.SYMTYPE, 0o777, _text(entry.target)
    else:
        member.size, member.mode = entry.size, 0o755 if entry.is_executable else 0o644
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _text(name: str) -> str:
    """A name whose bytes are UTF-8, whatever encoding this machine reads names in."""
    return os.fsencode(name).decode("utf-8", "surrogateescape")
