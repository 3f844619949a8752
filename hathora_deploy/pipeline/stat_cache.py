"""What the files of a folder held when they were last read, kept so that an unchanged one is not read again.

A file of the user's own for each folder. One that is damaged, of another version or of somebody else counts as
none, and so does every problem with it: a deploy reads more files then, and is as right as before. On Windows
there is none, since a program is not told there when a file was last changed, only what others say of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import platformdirs

from hathora_deploy import private_files
from hathora_deploy.pipeline.file_status import FileStatus, KnownFile
from hathora_deploy.pipeline.hashes import NOTHING, Hashes

_BEGINNING: Final = b"hathora-deploy stat cache 2 "
_MAX_SIZE: Final = 256 << 20
"""Bytes of a cache: about a million files. A folder of more is read each time."""
_MAX_FOLDERS: Final = 32
"""Folders that have one. That which was written longest ago goes first."""


def stat_cache_home() -> Path:
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
        data = private_files.read(self.path, most=_MAX_SIZE)
        try:
            return _decode(data) if data is not None else NOTHING
        except ValueError:
            return NOTHING

    def save(self, hashes: Hashes) -> None:
        """Replace it at once: who reads it meanwhile sees the old or the new."""
        if sys.platform == "win32":
            return
        data = _encode(hashes)
        if len(data) > _MAX_SIZE:
            return
        with suppress(OSError):
            home = private_files.make_folder(self.path.parent)
            private_files.write(self.path, data)
            private_files.keep_newest(home, _MAX_FOLDERS)


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
