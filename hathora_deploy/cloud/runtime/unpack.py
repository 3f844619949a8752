"""Unpacks an archive without trusting it: nothing is written, linked or left outside its folder."""

from __future__ import annotations

import gzip
import os
import posixpath
import shutil
import tarfile
import threading
import zlib
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Self

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed

_BLOCK: Final = 1 << 20
_MAX_ENTRIES: Final = 1_000_000
_FREE_RESERVE: Final = 64 << 20
"""Bytes that stay free on the disk, so that a full one does not stop the cloud itself."""
_CHECK_DISK_EVERY: Final = 32 << 20


def unpack(archive: Path, folder: Path, *, cancelled: threading.Event) -> None:
    """Unpack a gzipped tar into an empty folder. Raises BuildFailed, or BuildCancelled."""
    try:
        with (
            _Inflated(archive) as inflated,
            tarfile.TarFile(fileobj=inflated, tarinfo=_Entry) as tar,
        ):
            unpacking = _Unpacking(folder, cancelled)
            while (entry := tar.next()) is not None:
                # A million entries need not stay in memory.
                tar.members.clear()  # type: ignore[attr-defined]  # typeshed omits it
                unpacking.add(entry, tar)
            unpacking.make_links()
            while inflated.read(_BLOCK):  # the checksum stands at the very end
                unpacking.check_cancelled()
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, _Damaged) as error:
        raise BuildFailed(
            f"the archive is damaged or cut short: {error}",
            hint="upload a gzipped tar (.tgz) again; `tar -tzf FILE` shows whether it is whole",
        ) from error


class _Damaged(Exception):
    """The bytes of an archive are not those of a tar."""


class _Inflated(gzip.GzipFile):
    """The tar within the gzip."""

    def __init__(self, archive: Path) -> None:
        super().__init__(archive, "rb")

    def read(self, size: int | None = -1) -> bytes:
        # Only a header of forged size asks for so much at once, and it would be held in memory.
        if size is None or not 0 <= size <= _BLOCK:
            raise _Damaged(f"a header claims {size} bytes")
        return super().read(size)


class _Entry(tarfile.TarInfo):
    """An entry whose broken header is an error: tarfile takes it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if not bytes(buf).strip(b"\0"):
                raise  # no header, but the zeros at the end
            raise _Damaged(str(error)) from error


class _Unpacking:
    """One archive on its way into one folder.

    Links are made last, so that no entry can be written through one.
    """

    def __init__(self, folder: Path, cancelled: threading.Event) -> None:
        self._folder = folder.resolve()
        self._cancelled = cancelled
        self._links: dict[str, str] = {}
        self._entries = 0
        self._unchecked = _CHECK_DISK_EVERY

    def add(self, entry: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
        self._count(0)
        self._entries += 1
        if self._entries > _MAX_ENTRIES:
            raise BuildFailed(
                f"the archive holds more than {_MAX_ENTRIES:,} files",
                hint="leave out what the game server does not need with a .dockerignore",
            )
        name = _inner(entry.name)
        path = self._folder / name
        if entry.isdir():
            path.mkdir(parents=True, exist_ok=True)
        elif entry.issym():
            self._links[name] = entry.linkname
        elif entry.islnk():
            self._make_room(path)
            self._hard_link(self._folder / _inner(entry.linkname), path, entry)
        elif entry.isreg():
            self._make_room(path)
            with path.open("xb") as target:
                self._write(entry, tar, target)
            path.chmod((entry.mode & 0o755) | 0o600)
            with suppress(OverflowError, ValueError):  # a time that no file system can hold
                os.utime(path, (entry.mtime, entry.mtime))
        else:
            raise BuildFailed(
                f"{entry.name!r} in the archive is a device, a pipe or a socket",
                hint="an archive holds files, folders and links: leave it out",
            )

    def make_links(self) -> None:
        for name, target in self._links.items():
            path = self._folder / name
            self._make_room(path)
            if path.parent.resolve() != path.parent:
                raise BuildFailed(f"{name!r} in the archive lies behind a link")
            path.symlink_to(target)
        for name, target in self._links.items():
            if not is_within(self._folder / name, self._folder):
                raise BuildFailed(
                    f"the link {name!r} leads out of the archive or in a circle, to {target!r}",
                    hint="ship the file itself, or leave the link out with a .dockerignore",
                )

    def check_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise BuildCancelled("the build was cancelled while its archive was unpacked")

    def _make_room(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.is_file():
            path.unlink()  # the later of two entries counts, as for tar

    def _hard_link(self, target: Path, path: Path, entry: tarfile.TarInfo) -> None:
        if target.is_symlink() or not target.is_file():
            raise BuildFailed(
                f"the link {entry.name!r} names {entry.linkname!r}, which is no file before it in the archive",
                hint="pack the folder again",
            )
        path.hardlink_to(target)

    def _write(self, entry: tarfile.TarInfo, tar: tarfile.TarFile, target: IO[bytes]) -> None:
        source = tar.extractfile(entry)
        left = entry.size
        while source is not None and left:
            block = source.read(min(_BLOCK, left))
            if not block:
                raise _Damaged(f"{entry.name!r} ends {left} bytes early")
            target.write(block)
            left -= len(block)
            self._count(len(block))

    def _count(self, written: int) -> None:
        self.check_cancelled()
        self._unchecked += written
        if self._unchecked >= _CHECK_DISK_EVERY:
            self._unchecked = 0
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


def _inner(name: str) -> str:
    clean = posixpath.normpath(name)
    if clean.startswith("/") or clean.split("/")[0] == "..":
        raise BuildFailed(
            f"{name!r} in the archive lies outside of its root",
            hint="pack the folder from within: tar -czf FILE -C FOLDER .",
        )
    return clean
