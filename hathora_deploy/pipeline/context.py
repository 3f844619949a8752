"""The build context: the files of a folder that become part of a build."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Final

from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.survey import (
    DOCKERFILE as DOCKERFILE,
    IGNORE_FILE as IGNORE_FILE,
    Found,
    Survey,
    survey,
)

_SHOWN_PROBLEMS: Final = 5
_ODD_KINDS: Final = {
    stat.S_IFSOCK: "a socket",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}


class EntryKind(Enum):
    """What an entry is."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symlink"


@dataclass(frozen=True)
class Entry:
    """A member of the archive to come: its ``path`` there, with ``/``, and the ``source`` it is read from."""

    path: str
    source: Path
    kind: EntryKind
    size: int = 0
    """Bytes of a file."""
    is_executable: bool = False
    target: str = ""
    """Where a symlink points."""


@dataclass(frozen=True)
class BuildContext:
    """The entries of a build, each folder before what is in it, in an order that depends on names only."""

    folder: Path
    dockerfile: Path
    entries: tuple[Entry, ...]

    @cached_property
    def files(self) -> int:
        return sum(entry.kind is not EntryKind.FOLDER for entry in self.entries)

    @cached_property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.entries)


def read_context(folder: Path, *, dockerfile: str | None = None) -> BuildContext:
    """Look at every file of a folder, and read none. ``dockerfile`` is relative to the folder.

    Raises ContextError for anything that could not be packed, all of it at once.
    """
    return context_of(folder, survey(folder, dockerfile=dockerfile))


def context_of(folder: Path, surveyed: Survey) -> BuildContext:
    """As ``read_context``, of what a survey has found."""
    sent_always = surveyed.sent_always
    entries: list[Entry] = []
    problems = list(surveyed.problems)
    for found in kept(surveyed.found):
        if found.path not in sent_always:
            _add(found.path, found.source, entries, problems)
    for path, source in sent_always.items():
        _add(path, source.resolve(), entries, problems)
    if problems:
        raise _unpackable(folder, problems)
    in_order = sorted(entries, key=lambda each: each.path.split("/"))
    return BuildContext(folder, surveyed.dockerfile, tuple(in_order))


def kept(found: Iterable[Found]) -> Iterator[Found]:
    """What is not ignored, and the folders above what was brought back."""
    all_found = tuple(found)
    paths = {each.path for each in all_found if not each.verdict.is_ignored}
    above = {
        folder for each in all_found if each.path in paths for folder in _folders_above(each.path)
    }
    return (each for each in all_found if each.path in paths or each.path in above)


def _folders_above(path: str) -> Iterator[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def _add(path: str, source: Path, entries: list[Entry], problems: list[str]) -> None:
    try:
        entry = _entry(path, source)
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror})")
        return
    if isinstance(entry, str):
        problems.append(f"{path}: {entry}, neither file, folder nor symlink")
    else:
        entries.append(entry)


def _entry(path: str, source: Path) -> Entry | str:
    """Or what it is instead."""
    status = source.lstat()
    if stat.S_ISLNK(status.st_mode):
        target = str(source.readlink()).replace(os.sep, "/")
        return Entry(path, source, EntryKind.SYMLINK, target=target)
    if stat.S_ISDIR(status.st_mode):
        return Entry(path, source, EntryKind.FOLDER)
    if not stat.S_ISREG(status.st_mode):
        return _ODD_KINDS.get(stat.S_IFMT(status.st_mode), "something special")
    # Only opening says for certain, on every platform, that it can be read.
    os.close(os.open(source, os.O_RDONLY))
    # Windows knows no such bit, and a game server that cannot be started would help nobody.
    is_executable = os.name == "nt" or bool(status.st_mode & stat.S_IXUSR)
    return Entry(path, source, EntryKind.FILE, status.st_size, is_executable)


def _unpackable(folder: Path, problems: list[str]) -> ContextError:
    more = len(problems) - _SHOWN_PROBLEMS
    listed = "; ".join(sorted(problems)[:_SHOWN_PROBLEMS]) + (
        f"; and {more} more" if more > 0 else ""
    )
    return ContextError(
        f"{folder} cannot be packaged: {listed}",
        hint=f"make it readable, remove it, or name it in {folder / IGNORE_FILE}",
    )
