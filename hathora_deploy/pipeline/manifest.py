"""The files of a build, as this machine remembers them: what a later deploy has changed."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from hathora_deploy import private_files
from hathora_deploy.pipeline.context import Entry, EntryKind

_MAX_SIZE: Final = 64 << 20
_MAX_BUILDS: Final = 64


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The size in bytes, and what is the same as long as the file is."""

    size: int
    content: str


Manifest = Mapping[str, FileFacts]
"""By path in the archive; without folders."""


def manifest_of(entries: Iterable[Entry], hashes: Mapping[str, str]) -> Manifest:
    """``hashes`` has the SHA-256 of each file, in hex, by its path in the archive."""
    return {
        each.path: FileFacts(each.size, _content(each, hashes))
        for each in entries
        if each.kind is not EntryKind.FOLDER
    }


def _content(entry: Entry, hashes: Mapping[str, str]) -> str:
    if entry.kind is EntryKind.SYMLINK:
        return f"to {entry.target}"
    return hashes[entry.path] + ("x" if entry.is_executable else "")


def manifest_home() -> Path:
    """Where they are."""
    return Path(platformdirs.user_cache_dir("hathora-deploy", appauthor=False), "manifests")


class ManifestStore:
    """Remembers the files of the latest builds. Every problem with it counts as nothing remembered."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def knows(self, build_id: str) -> bool:
        """Whether there is nothing to save: a build does not change."""
        return sys.platform == "win32" or self._path(build_id).exists()

    def save(self, build_id: str, manifest: Manifest) -> None:
        """Remember it, or not."""
        if sys.platform == "win32":
            return
        columns = [
            [os.fsencode(each).hex() for each in manifest],
            [each.size for each in manifest.values()],
            [each.content for each in manifest.values()],
        ]
        with suppress(OSError, UnicodeEncodeError):
            data = zlib.compress(json.dumps(columns).encode(), 1)
            private_files.make_folder(self._home)
            private_files.write(self._path(build_id), data)
            private_files.keep_newest(self._home, _MAX_BUILDS)

    def load(self, build_id: str) -> Manifest | None:
        """None where nothing is known of the build."""
        data = None
        if sys.platform != "win32":
            data = private_files.read(self._path(build_id), most=_MAX_SIZE)
        if data is None:
            return None
        try:
            paths, sizes, contents = json.loads(zlib.decompress(data))
            named = [os.fsdecode(bytes.fromhex(each)) for each in paths]
            return dict(zip(named, map(FileFacts, sizes, contents), strict=True))
        except (ValueError, TypeError, zlib.error):  # it is damaged
            return None

    def _path(self, build_id: str) -> Path:
        return self._home / hashlib.sha256(build_id.encode()).hexdigest()[:32]
