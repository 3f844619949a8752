"""What is worth a word about the members of an archive, seen as they pass by."""

from __future__ import annotations

import posixpath
from sys import getsizeof
from tarfile import TarInfo
from typing import Final

from hathora_deploy.dockerfile import Dockerfile
from hathora_deploy.pipeline.concern import ARCHIVE_REMEDY, Concern
from hathora_deploy.pipeline.context import Entry, EntryKind
from hathora_deploy.pipeline.inspection import concerns
from hathora_deploy.pipeline.program import HEAD_BYTES, Program, recognized
from hathora_deploy.pipeline.secret_shapes import MOST_BYTES, may_hold_a_secret, secret_in

_ROOM: Final = 40 << 20
"""Bytes of memory, about, that what is known of members may take."""
_ENTRY_BYTES: Final = 400
"""That an entry takes besides its texts."""
_NOTHING: Final = Program()


class MemberInspection:
    """Remembers of each member its entry, and what there is to say of what it holds; of later ones nothing."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._secrets: dict[str, str] = {}
        self._programs: dict[str, Program] = {}
        self._room = _ROOM

    def bytes_wanted(self, entry: Entry) -> int:
        """How much of the beginning of a file is looked at."""
        return MOST_BYTES if may_hold_a_secret(entry) else HEAD_BYTES

    def add(self, entry: Entry, head: bytes) -> None:
        """A member, which replaces an earlier one of its path, and its first bytes."""
        if not self._has_room_for(entry):
            return
        for known in (self._entries, self._secrets, self._programs):
            known.pop(entry.path, None)
        self._add_folders_above(entry.path)
        self._entries[entry.path] = entry
        secret = secret_in(head) if may_hold_a_secret(entry) else None
        if secret:
            self._secrets[entry.path] = secret
        program = recognized(head)
        if program != _NOTHING:
            self._programs[entry.path] = program

    def concerns(self, dockerfile: Dockerfile | None) -> tuple[Concern, ...]:
        """What the Dockerfile starts can be told only where every member is known."""
        return concerns(
            sorted(self._entries.values(), key=lambda each: each.path.split("/")),
            dockerfile=dockerfile if self._room >= 0 else None,
            secrets=((self._entries[path], secret) for path, secret in self._secrets.items()),
            program_of=lambda entry: self._programs.get(entry.path, _NOTHING),
            remedy=ARCHIVE_REMEDY,
        )

    def _has_room_for(self, entry: Entry) -> bool:
        if self._room >= 0:
            self._room -= _ENTRY_BYTES + getsizeof(entry.path) + getsizeof(entry.target)
        return self._room >= 0

    def _add_folders_above(self, path: str) -> None:
        """A tar need not name them."""
        folder = posixpath.dirname(path)
        while folder and folder not in self._entries:
            entry = Entry(folder, folder, EntryKind.FOLDER)
            if not self._has_room_for(entry):
                return
            self._entries[folder] = entry
            folder = posixpath.dirname(folder)


def entry_of(member: TarInfo) -> Entry | None:
    """None for the root, and for what is neither file, folder nor link."""
    path = posixpath.normpath(member.name).lstrip("/")
    if path in ("", "."):
        return None
    if member.isdir():
        return Entry(path, path, EntryKind.FOLDER)
    if member.issym():
        return Entry(path, path, EntryKind.SYMLINK, target=member.linkname)
    if not (member.isreg() or member.islnk()):
        return None
    return Entry(path, path, EntryKind.FILE, member.size, bool(member.mode & 0o100))
