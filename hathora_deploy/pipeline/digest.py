"""The digest of a build context: the same for the same content, wherever and whenever it is taken.

Version 1 is the SHA-256 of a first field, ``hathora-deploy build context 1``, and of five fields for each
entry, in the order of the bytes of their paths. Each field is ended by a NUL, which none can hold.

=============  ==========================================================================
kind           ``file``, ``folder`` or ``symlink``
path           in the archive, with ``/``, in the bytes that the archive has for it
executable     ``x`` or nothing: an archive keeps no more of a mode
size           of a file in bytes, in decimal; else ``0``
content        of a file its SHA-256 in lower-case hex, of a symlink its target, of a folder nothing
=============  ==========================================================================

Times, owners, the folder's own name and place, and how the archive is compressed do not count. A Dockerfile
that was chosen does: it is the entry ``Dockerfile``.

Of an archive that is given, version 1 is the SHA-256 of a field ``hathora-deploy tar 1``, ended by a NUL, and of
its tar: how that is compressed does not count, whatever else its maker put into it does.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Final

from hathora_deploy.pipeline.context import Entry, EntryKind

_BEGINNING: Final = b"hathora-deploy build context 1"
_BEGINNING_OF_TAR: Final = b"hathora-deploy tar 1"
_ID_DIGITS: Final = 40
_KINDS: Final = {kind: kind.value.encode() for kind in EntryKind}


def content_digest(entries: Iterable[Entry], hashes: Mapping[str, str]) -> str:
    """In hex. ``hashes`` has the SHA-256 of each file, in hex, by its path in the archive."""
    digest = hashlib.sha256(_BEGINNING + b"\0")
    by_path = {os.fsencode(each.path): each for each in entries}
    for path in sorted(by_path):
        digest.update(_record(path, by_path[path], hashes))
    return digest.hexdigest()


class TarDigest:
    """The digest of a tar, whose bytes it is told in their order."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256(_BEGINNING_OF_TAR + b"\0")

    def update(self, piece: bytes) -> None:
        self._sha256.update(piece)

    def hex(self) -> str:
        return self._sha256.hexdigest()


def content_build_id(digest: str) -> str:
    """The id of the build of a content: as much of its digest as nobody can forge, and people can read."""
    return f"bld-{digest[:_ID_DIGITS]}"


def _record(path: bytes, entry: Entry, hashes: Mapping[str, str]) -> bytes:
    is_file = entry.kind is EntryKind.FILE
    content = hashes[entry.path].encode() if is_file else os.fsencode(entry.target)
    executable = b"x" if entry.is_executable else b""
    return b"%b\0%b\0%b\0%d\0%b\0" % (_KINDS[entry.kind], path, executable, entry.size, content)
