"""Unpacks an archive that was inspected: nothing is written, linked or left outside its folder."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.cloud.archive.limits import Bound
from hathora_deploy.cloud.archive.names import inner_name, shown
from hathora_deploy.cloud.archive.stream import Entry, EntryKind, open_tar
from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed

_FREE_RESERVE: Final = 64 << 20
"""Bytes that stay free on the disk, so that a full one does not stop the cloud itself."""
_CHECK_DISK_EVERY: Final = 32 << 20


def unpack(archive: InspectedArchive, folder: Path, *, cancelled: threading.Event) -> None:
    """Unpack into an empty folder. Raises BuildFailed, or BuildCancelled."""
    changed = Bound(archive.size, "the archive has changed since it was inspected", "deploy again")
    unpacking = _Unpacking(folder, archive.repeated, cancelled)
    with open_tar(archive.path, bound=changed, extensions=archive.size, cancelled=cancelled) as tar:
        for entry in tar.entries():
            unpacking.add(entry, tar.content())
    unpacking.make_links()


class _Unpacking:
    """One archive on its way into one folder.

    Links are made last, so that no entry can be written through one.
    """

    def __init__(
        self, folder: Path, repeated: frozenset[bytes], cancelled: threading.Event
    ) -> None:
        self._folder = folder.resolve()
        self._repeated = repeated
        self._cancelled = cancelled
        self._made: set[bytes] = set()
        self._links: dict[bytes, bytes] = {}
        self._unchecked = _CHECK_DISK_EVERY

    def add(self, entry: Entry, content: Iterator[bytes]) -> None:
        self._count(0)
        name = inner_name(entry.name)
        if entry.kind is EntryKind.FOLDER:
            self._make_folder(name)
            return
        if entry.kind is EntryKind.SYMLINK:
            self._links[name] = entry.target
            return
        self._links.pop(name, None)
        path = self._room_for(name)
        try:
            if entry.kind is EntryKind.HARD_LINK:
                path.hardlink_to(self._path(inner_name(entry.target)))
            else:
                self._write(entry, content, path)
        except FileExistsError:
            raise _clash(name) from None

    def make_links(self) -> None:
        for name, target in self._links.items():
            try:
                self._room_for(name).symlink_to(os.fsdecode(target))
            except FileExistsError:
                raise _clash(name) from None
        for name, target in self._links.items():
            if not is_within(self._path(name), self._folder):
                raise BuildFailed(
                    f"the link {shown(name)} leads out of the archive, to {shown(target)}",
                    hint="ship the file itself, or leave the link out with a .dockerignore",
                )

    def _path(self, name: bytes) -> Path:
        return self._folder / os.fsdecode(name)

    def _room_for(self, name: bytes) -> Path:
        """The path of what is to be made, with its folder."""
        self._make_folder(name.rpartition(b"/")[0])
        path = self._path(name)
        if name in self._repeated:
            path.unlink(missing_ok=True)
        return path

    def _make_folder(self, name: bytes) -> None:
        if name not in self._made:
            try:
                self._path(name).mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError):
                raise _clash(name) from None
            self._made.add(name)

    def _write(self, entry: Entry, content: Iterator[bytes], path: Path) -> None:
        with path.open("xb") as file:
            for piece in content:
                file.write(piece)
                self._count(len(piece))
        path.chmod((entry.mode & 0o755) | 0o600)
        with suppress(OverflowError, ValueError):  # a time that no file system can hold
            os.utime(path, (entry.mtime, entry.mtime))

    def _count(self, written: int) -> None:
        if self._cancelled.is_set():
            raise BuildCancelled("the build was cancelled while its archive was unpacked")
        self._unchecked += written
        if self._unchecked >= _CHECK_DISK_EVERY:
            self._unchecked = 0
            # The inspection has seen that there is room, but others write to the disk too.
            if shutil.disk_usage(self._folder).free < _FREE_RESERVE:
                raise BuildFailed(
                    f"the disk is full: the archive does not fit beside {self._folder.parent}",
                    hint="free some space, or delete builds you no longer need",
                )


def is_within(path: Path, folder: Path) -> bool:
    """Whether a path, with all links followed, lies in a folder. One that leads nowhere may."""
    try:
        real = path.resolve(strict=True)
    except FileNotFoundError:
        real = path.resolve()
    except (OSError, RuntimeError):  # a loop, or too long to follow
        return False
    return real.is_relative_to(folder.resolve())


def _clash(name: bytes) -> BuildFailed:
    return BuildFailed(
        f"{shown(name)} differs from another name in the archive only in how it is spelt, such as by "
        "upper and lower case, and the disk of this machine cannot hold both",
        hint="rename one of them, or run the cloud on Linux",
    )
