"""The files and folders that an archive would become, as names only."""

from __future__ import annotations

import threading
from enum import Enum
from typing import Final

from hathora_deploy.cloud.archive.limits import ENTRIES_VARIABLE, ArchiveLimits
from hathora_deploy.cloud.archive.names import LONGEST_NAME, inner_name, shown
from hathora_deploy.cloud.archive.stream import Entry, EntryKind
from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed

_LONGEST_CHAIN: Final = 40
"""Links that lead to one another: what Linux follows."""
_LEAVE_OUT: Final = "leave it out with a .dockerignore"


class _Node(Enum):
    FILE = "a file"
    FOLDER = "a folder"


class Tree:
    """Takes in entries, and refuses by BuildFailed those that cannot stand beside the earlier ones.

    No entry lies behind a link, so that a name is the place it is written to.
    """

    def __init__(self, limits: ArchiveLimits) -> None:
        self._limits = limits
        self._nodes: dict[bytes, _Node | bytes] = {b"": _Node.FOLDER}
        """By name; of a symlink, its target."""
        self._repeated: set[bytes] = set()
        self._entries = 0
        self._text = 0
        self._ends: dict[bytes, bytes | None] = {}
        """Of the symlinks followed so far; None while one is being followed."""

    @property
    def repeated(self) -> frozenset[bytes]:
        """Names that more than one entry has, the last of which counts. Folders are not among them."""
        return frozenset(self._repeated)

    def add(self, entry: Entry) -> bytes:
        """The entry's name, relative to the root."""
        name = inner_name(entry.name)
        self._add_folders_above(name)
        if entry.kind is EntryKind.FOLDER:
            self._place(name, _Node.FOLDER)
        elif entry.kind is EntryKind.SYMLINK:
            self._count(len(entry.target), entries=0)
            self._place(name, self._checked_target(name, entry.target))
        else:
            if entry.kind is EntryKind.HARD_LINK:
                self._check_hard_link(name, entry.target)
            self._place(name, _Node.FILE)
        return name

    def check_links(self, cancelled: threading.Event) -> None:
        """Follow every symlink to where it would lead in the end."""
        for name, node in self._nodes.items():
            if isinstance(node, bytes):
                if cancelled.is_set():
                    raise BuildCancelled("the build was cancelled while its archive was read")
                self._end_of(name, node, depth=1)

    def is_file(self, name: bytes) -> bool:
        """Whether it is one, or a link to one. After ``check_links``."""
        end = self._ends.get(name)
        return self._nodes.get(name if end is None else end) is _Node.FILE

    def _add_folders_above(self, name: bytes) -> None:
        above = []
        folder = name.rpartition(b"/")[0]
        while (node := self._nodes.get(folder)) is None:
            above.append(folder)
            folder = folder.rpartition(b"/")[0]
        if node is not _Node.FOLDER:
            raise _clash(folder, node, _Node.FOLDER)
        for missing in reversed(above):
            self._count(len(missing))
            self._nodes[missing] = _Node.FOLDER

    def _place(self, name: bytes, node: _Node | bytes) -> None:
        self._count(len(name))
        there = self._nodes.get(name)
        if there is not None:
            if (there is _Node.FOLDER) != (node is _Node.FOLDER):
                raise _clash(name, there, node)
            if node is not _Node.FOLDER:
                self._repeated.add(name)
        self._nodes[name] = node

    def _count(self, text: int, *, entries: int = 1) -> None:
        self._text += text
        self._entries += entries
        if self._entries > self._limits.entries:
            raise BuildFailed(
                f"the archive holds more than {self._limits.entries:,} files and folders",
                hint="leave out what the game server does not need with a .dockerignore; "
                f"whoever runs the cloud may raise {ENTRIES_VARIABLE}",
            )
        if self._text > self._limits.names:
            raise BuildFailed(
                f"the names in the archive have more than {self._limits.names:,} bytes together",
                hint=f"shorten them; whoever runs the cloud may raise {ENTRIES_VARIABLE}",
            )

    def _check_hard_link(self, name: bytes, target: bytes) -> None:
        end = inner_name(target)
        if end == name or self._nodes.get(end) is not _Node.FILE:
            raise BuildFailed(
                f"the link {shown(name)} names {shown(target)}, which is no file before it in the archive",
                hint="pack the folder again",
            )

    def _checked_target(self, name: bytes, target: bytes) -> bytes:
        if not target or len(target) > LONGEST_NAME:
            raise BuildFailed(
                f"the link {shown(name)} leads nowhere, or by more than {LONGEST_NAME:,} bytes",
                hint=_LEAVE_OUT,
            )
        if target.startswith(b"/"):
            raise _leads_out(name, target)
        return target

    def _end_of(self, name: bytes, target: bytes, *, depth: int) -> bytes:
        """Where a symlink leads in the end, step by step as the system would go."""
        known = self._ends.get(name)
        if known is not None:
            return known
        if name in self._ends or depth > _LONGEST_CHAIN:
            raise _leads_round(name, target)
        self._ends[name] = None
        place = name.rpartition(b"/")[0]
        for part in target.split(b"/"):
            if part in (b"", b"."):
                continue
            if part == b"..":
                if not place:
                    raise _leads_out(name, target)
                place = place.rpartition(b"/")[0]
                continue
            place = place + b"/" + part if place else part
            if len(place) > 2 * LONGEST_NAME:
                raise _leads_round(name, target)
            node = self._nodes.get(place)
            if isinstance(node, bytes):
                place = self._end_of(place, node, depth=depth + 1)
        self._ends[name] = place
        return place


def _clash(name: bytes, there: _Node | bytes, new: _Node | bytes) -> BuildFailed:
    both = " and ".join(
        sorted("a link" if isinstance(node, bytes) else node.value for node in (there, new))
    )
    return BuildFailed(
        f"{shown(name)} is {both} in one archive", hint="pack the folder again, into a new file"
    )


def _leads_out(name: bytes, target: bytes) -> BuildFailed:
    return BuildFailed(
        f"the link {shown(name)} leads out of the archive, to {shown(target)}",
        hint="ship the file itself, or leave the link out with a .dockerignore; "
        "a link within the image is made in the Dockerfile: RUN ln -s",
    )


def _leads_round(name: bytes, target: bytes) -> BuildFailed:
    return BuildFailed(
        f"the link {shown(name)} leads in a circle or too far to follow, to {shown(target)}",
        hint=_LEAVE_OUT,
    )
