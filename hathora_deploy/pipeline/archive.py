"""The archive of a build context: a ``.tgz`` in a temporary file, the same bytes for the same tree."""

from __future__ import annotations

import errno
import gzip
import os
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from hathora_deploy.pipeline.context import IGNORE_FILE, BuildContext, Entry, EntryKind
from hathora_deploy.pipeline.errors import ArchiveError, ContextError

LEVEL: Final = 2
"""Of zlib: on game files, half the time of level 6 for a twentieth more to upload."""

MOMENT: Final = 315_619_200
"""Every entry's time, in Unix seconds: 1980-01-02, because ZIP files made in a build know none before."""

_COPY_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Archive:
    """A complete archive, as long as the ``with`` block of ``pack`` lasts. ``size`` is in bytes."""

    path: Path
    size: int


@contextmanager
def pack(
    context: BuildContext, *, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Archive]:
    """Write the archive to a file that only its owner reads, and that is gone afterwards.

    ``progress`` hears of the bytes of the context as they are read. Raises ContextError when a file changes meanwhile, ArchiveError when there is no room.
    """
    with _private_folder() as home:
        path = home / "context.tgz"
        try:
            with open(path, "xb", opener=_open_private) as file:
                _write(context, file, progress)
        except OSError as error:
            raise _unwritable(error) from None
        yield Archive(path, path.stat().st_size)


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder that does not stay, as one of tempfile would, if Ctrl-C comes as it is made or removed."""
    home = Path(_temporary(), f"hathora-deploy-{secrets.token_hex(8)}")
    try:
        try:
            home.mkdir(mode=0o700)
        except OSError as error:
            raise _unwritable(error) from None
        yield home
    finally:
        try:
            shutil.rmtree(home, ignore_errors=True)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _write(context: BuildContext, file: BinaryIO, progress: Callable[[int], None]) -> None:
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=LEVEL) as packed,
        tarfile.TarFile(
            fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, copybufsize=_COPY_BYTES
        ) as tar,
    ):
        for entry in context.entries:
            if entry.kind is EntryKind.FILE:
                with _unchanged(entry, progress) as content:
                    tar.addfile(_header(entry), content)
            else:
                tar.addfile(_header(entry))


def _header(entry: Entry) -> tarfile.TarInfo:
    """Like git, an archive knows of modes only whether a file is executable, and no owners or times."""
    header = tarfile.TarInfo(entry.path)
    header.mtime = MOMENT
    if entry.kind is EntryKind.FOLDER:
        header.type, header.mode = tarfile.DIRTYPE, 0o755
    elif entry.kind is EntryKind.SYMLINK:
        header.type, header.mode, header.linkname = tarfile.SYMTYPE, 0o777, entry.target
    else:
        header.size, header.mode = entry.size, 0o755 if entry.is_executable else 0o644
    return header


class _UnchangedFile:
    """A file that must stay as long as it was found. Raises ContextError if it does not."""

    def __init__(self, entry: Entry, file: BinaryIO, progress: Callable[[int], None]) -> None:
        self._entry = entry
        self._file = file
        self._progress = progress
        self.require_size()

    def require_size(self) -> None:
        found = os.fstat(self._file.fileno()).st_size
        if found != self._entry.size:
            raise _changed(self._entry, f"from {self._entry.size} to {found} bytes")

    def read(self, size: int = 0) -> bytes:
        try:
            data = self._file.read(size)
        except OSError as error:
            raise _unreadable(self._entry, error) from None
        if len(data) < size:
            self.require_size()
        self._progress(len(data))
        return data


@contextmanager
def _unchanged(entry: Entry, progress: Callable[[int], None]) -> Iterator[_UnchangedFile]:
    try:
        file = entry.source.open("rb")
    except OSError as error:
        raise _unreadable(entry, error) from None
    with file:
        content = _UnchangedFile(entry, file, progress)
        yield content
        content.require_size()


def _changed(entry: Entry, how: str) -> ContextError:
    return ContextError(
        f"{entry.source} changed {how} while it was packed",
        hint=f"stop what writes to it, or name it in {IGNORE_FILE}",
    )


def _unreadable(entry: Entry, error: OSError) -> ContextError:
    return ContextError(f"{entry.source} can no longer be read: {error.strerror}")


def _temporary() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:  # it has tried to write in each of several
        raise ArchiveError(
            "there is no folder for temporary files that the archive can be written in",
            hint="set TMPDIR (TEMP on Windows) to a folder that is yours and has room",
        ) from None


def _unwritable(error: OSError) -> ArchiveError:
    where = tempfile.gettempdir()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ArchiveError(
            f"there is no room for the archive in {where}",
            hint="free some space, or set TMPDIR (TEMP on Windows) to a folder that has more",
        )
    return ArchiveError(f"the archive cannot be written in {where}: {error.strerror or error}")
