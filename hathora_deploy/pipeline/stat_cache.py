"""What the files of a folder held when they were last read, kept so that an unchanged one is not read again.

A file of the user's own for each folder. One that is damaged, of another version or of somebody else counts as
none, and so does every problem with it: a deploy reads more files then, and is as right as before. On Windows
there is none, since a program is not told there when a file was last changed, only what others say of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import platformdirs

from hathora_deploy.pipeline.file_status import FileStatus, KnownFile
from hathora_deploy.pipeline.hashes import NOTHING, Hashes

_BEGINNING: Final = b"hathora-deploy stat cache 2 "
_MAX_SIZE: Final = 256 << 20
"""Bytes of a cache: about a million files. A folder of more is read each time."""
_MAX_FOLDERS: Final = 32
"""Folders that have one. That which was written longest ago goes first."""


def default_home() -> Path:
    """Where the caches are."""
    return Path(platformdirs.user_cache_dir("hathora-deploy", appauthor=False), "contents")


class StatCache:
    """The cache of one folder."""

    def __init__(self, folder: Path, *, home: Path) -> None:
        name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()
        self.path = home / name[:32]

    def load(self) -> Hashes:
        """What is known; nothing where there is no cache to be trusted."""
        if sys.platform == "win32":
            return NOTHING
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                found = os.fstat(descriptor)
                is_own = found.st_uid == os.geteuid() and not found.st_mode & 0o022
                if not (is_own and stat.S_ISREG(found.st_mode) and found.st_size <= _MAX_SIZE):
                    return NOTHING
                return _decode(file.read())
        except (OSError, ValueError):
            return NOTHING

    def save(self, hashes: Hashes) -> None:
        """Replace it at once: who reads it meanwhile sees the old or the new."""
        if sys.platform == "win32":
            return
        data = _encode(hashes)
        if len(data) > _MAX_SIZE:
            return
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.parent.chmod(0o700)
            _replace(self.path, data)
            _remove_oldest(self.path.parent)


def _encode(hashes: Hashes) -> bytes:
    """Column by column, which is read in two thirds of the time that it takes file by file."""
    files = hashes.files.values()
    columns = [
        [*hashes.files],
        [known.sha256 for known in files],
        *([known.status[place] for known in files] for place in range(len(FileStatus._fields))),
    ]
    body = json.dumps({"moment": hashes.moment, "columns": columns}, separators=(",", ":")).encode()
    return _BEGINNING + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _decode(data: bytes) -> Hashes:
    """Raises ValueError unless it is whole and of this version."""
    beginning, _, body = data.partition(b"\n")
    if beginning != _BEGINNING + hashlib.sha256(body).hexdigest().encode():
        raise ValueError("damaged, or of another version")
    read = json.loads(body)
    paths, digests, *statuses = read["columns"]
    files = map(KnownFile, map(FileStatus, *statuses), digests)
    return Hashes(dict(zip(paths, files, strict=True)), read["moment"])


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _remove_oldest(home: Path) -> None:
    """Also drafts of deploys that were killed."""
    newest_first = sorted(home.iterdir(), key=lambda each: -each.lstat().st_mtime_ns)
    for each in newest_first[_MAX_FOLDERS:]:
        each.unlink(missing_ok=True)
