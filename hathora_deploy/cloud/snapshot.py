"""The file of a backup: a tar that ends with a list of what it holds, with a digest of each.

A file that is cut short has no list, so it is never taken for a whole one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Final

from hathora_deploy.cloud.errors import CloudError

_LIST: Final = "contents.json"
_FORMAT: Final = 1
_PIECE: Final = 1024 * 1024
_LONGEST_LIST: Final = 1024 * 1024 * 1024


class DamagedBackup(CloudError):
    """A file that is no whole backup."""

    hint = "take another one: hathora-deploy cloud backup FILE"

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file} is no whole backup of a cloud: {reason}")


@dataclass
class SnapshotWriter:
    """Adds to the file of a backup; what has vanished since it was listed raises FileNotFoundError."""

    tar: tarfile.TarFile
    listed: dict[str, str] = field(default_factory=dict)

    def add(self, path: Path, name: str) -> None:
        """A file, a symlink, or a folder with all that is in it."""
        info = self.tar.gettarinfo(path, name)
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        if info.islnk():
            # Two names of a file become two files: nothing tells which of them comes first.
            info.type, info.linkname, info.size = tarfile.REGTYPE, "", path.stat().st_size
        if info.isreg():
            with path.open("rb") as file:
                content = _Hashing(file)
                self.tar.addfile(info, content)
            self.listed[name] = content.digest
            return
        self.tar.addfile(info)
        self.listed[name] = _kind(info)
        if info.isdir():
            for inside in sorted(path.iterdir()):
                self.add(inside, f"{name}/{inside.name}")


@contextmanager
def written(file: Path) -> Iterator[SnapshotWriter]:
    """A new backup, which is whole when the block ends.

    It is its owner's alone: it holds secrets of applications. Raises OSError.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
            writer = SnapshotWriter(tar)
            yield writer
            contents = json.dumps({"format": _FORMAT, "contents": writer.listed}).encode()
            info = tarfile.TarInfo(_LIST)
            info.size, info.mode = len(contents), 0o600
            tar.addfile(info, io.BytesIO(contents))
        raw.flush()
        os.fsync(raw.fileno())


def check(file: Path) -> None:
    """Read all of a backup. Raises DamagedBackup, and OSError."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(file, mode="r:") as tar:
            for info in tar:
                if info.name == _LIST:
                    _compare(file, tar, info, found)
                    return
                _require_inside(file, info)
                if info.name in found:
                    raise DamagedBackup(file, f"{info.name} is in it twice")
                found[info.name] = _digest(tar, info) if info.isreg() else _kind(info)
    except (tarfile.TarError, EOFError) as error:
        raise DamagedBackup(file, str(error)) from None
    raise DamagedBackup(file, "it is cut short")


def unpack(file: Path, folder: Path) -> None:
    """Unpack a backup that was checked. Raises OSError."""
    folders: list[tuple[Path, int]] = []
    with tarfile.open(file, mode="r:") as tar:
        for info in tar:
            if info.name == _LIST:
                break
            place = folder / info.name
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if info.isdir():
                place.mkdir(mode=0o700, exist_ok=True)
                folders.append((place, info.mode))
            elif info.issym():
                place.symlink_to(info.linkname)
            else:
                content = tar.extractfile(info)
                assert content is not None  # it is a regular file
                descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW)
                with os.fdopen(descriptor, "wb") as copy:
                    shutil.copyfileobj(content, copy, _PIECE)
                place.chmod(info.mode & 0o777)
    # Last: into one that may not be written to nothing could be put.
    for place, mode in reversed(folders):
        place.chmod(mode & 0o777)


class _Hashing(io.RawIOBase):
    """Reads a file, and knows the digest of what it has read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._hash.update(piece)
        return piece

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"


def _digest(tar: tarfile.TarFile, info: tarfile.TarInfo) -> str:
    content = tar.extractfile(info)
    assert isinstance(content, io.BufferedReader)  # it is a regular file
    return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"


def _kind(info: tarfile.TarInfo) -> str:
    return f"link:{info.linkname}" if info.issym() else "folder"


def _require_inside(file: Path, info: tarfile.TarInfo) -> None:
    path = PurePosixPath(info.name)
    is_known = info.isreg() or info.isdir() or info.issym()
    if path.is_absolute() or ".." in path.parts or not is_known:
        raise DamagedBackup(file, f"{info.name} is nothing that a backup holds")


def _compare(
    file: Path, tar: tarfile.TarFile, info: tarfile.TarInfo, found: dict[str, str]
) -> None:
    content = tar.extractfile(info)
    try:
        if content is None or info.size > _LONGEST_LIST:
            raise ValueError
        listed = json.loads(content.read())
        is_known = listed["format"] == _FORMAT
        contents = dict(listed["contents"])
    except (ValueError, KeyError, TypeError):
        raise DamagedBackup(file, "its list cannot be read") from None
    if not is_known:
        raise DamagedBackup(file, "another version of hathora-deploy has made it")
    for name in contents.keys() | found.keys():
        if contents.get(name) != found.get(name):
            raise DamagedBackup(file, f"{name} is not what was put into it")
    if links := [name for name, kind in found.items() if kind.startswith("link:")]:
        above = {str(parent) for name in found for parent in PurePosixPath(name).parents}
        for name in links:
            if name in above:
                raise DamagedBackup(file, f"{name} is a link, and something is to be behind it")
