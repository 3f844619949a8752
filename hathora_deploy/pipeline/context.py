"""The build context: the files of a folder that become part of a build."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Final

from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.file_status import FileStatus, KnownFile
from hathora_deploy.pipeline.survey import (
    DOCKERFILE as DOCKERFILE,
    IGNORE_FILE as IGNORE_FILE,
    Found,
    Survey,
    survey,
)

_SHOWN_PROBLEMS: Final = 5
_NOTHING_KNOWN: Final[Mapping[str, KnownFile]] = {}
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


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of the archive to come: its ``path`` there, with ``/``, and the ``source`` it is read from."""

    path: str
    source: str
    kind: EntryKind
    size: int = 0
    """Bytes of a file."""
    is_executable: bool = False
    target: str = ""
    """Where a symlink points."""
    is_setuid: bool = False
    """Of a file, whether it has the bit to run as its owner or its group, which is not kept."""
    status: FileStatus | None = None
    """Of a file, when it was looked at."""


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


def read_context(
    folder: Path,
    *,
    dockerfile: str | None = None,
    known: Mapping[str, KnownFile] = _NOTHING_KNOWN,
) -> BuildContext:
    """Look at every file of a folder, and read none. ``dockerfile`` is relative to the folder.

    Files that are still as they are ``known`` to have been when they were read are not even opened.
    Raises ContextError for anything that could not be packed, all of it at once.
    """
    return context_of(folder, survey(folder, dockerfile=dockerfile), known=known)


def context_of(
    folder: Path, surveyed: Survey, *, known: Mapping[str, KnownFile] = _NOTHING_KNOWN
) -> BuildContext:
    """As ``read_context``, of what a survey has found."""
    sent = {each.path: each.source for each in kept(surveyed.found)}
    sent |= {path: str(source.resolve()) for path, source in surveyed.sent_always.items()}
    entries: list[Entry] = []
    problems = list(surveyed.problems)
    for path, source in sent.items():
        try:
            entry = _entry(path, source, known.get(path))
        except OSError as error:
            problems.append(f"{path}: cannot be read ({error.strerror})")
            continue
        if isinstance(entry, str):
            problems.append(f"{path}: {entry}, neither file, folder nor symlink")
        else:
            entries.append(entry)
    if problems:
        raise _unpackable(folder, problems)
    in_order = sorted(entries, key=lambda each: each.path.split("/"))
    return BuildContext(folder, surveyed.dockerfile, tuple(in_order))


def kept(found: Iterable[Found]) -> Iterator[Found]:
    """What is not ignored, and the folders above what was brought back."""
    all_found = tuple(found)
    above: set[str] = set()
    if any(each.is_folder and each.verdict.is_ignored for each in all_found):
        for each in all_found:
            if not each.verdict.is_ignored:
                above.update(_folders_above(each.path))
    return (each for each in all_found if not each.verdict.is_ignored or each.path in above)


def _folders_above(path: str) -> Iterator[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def _entry(path: str, source: str, known: KnownFile | None) -> Entry | str:
    """Or what it is instead."""
    found = os.lstat(source)
    if stat.S_ISREG(found.st_mode):
        status = FileStatus.of(found)
        if known is None or known.status != status:
            # Only opening says for certain, on every platform, that it can be read.
            os.close(os.open(source, os.O_RDONLY))
        # Windows knows no such bit, and a game server that cannot be started would help nobody.
        is_executable = os.name == "nt" or bool(found.st_mode & stat.S_IXUSR)
        return Entry(
            path,
            source,
            EntryKind.FILE,
            status.size,
            is_executable,
            is_setuid=bool(found.st_mode & (stat.S_ISUID | stat.S_ISGID)),
            status=status,
        )
    if stat.S_ISDIR(found.st_mode):
        return Entry(path, source, EntryKind.FOLDER)
    if stat.S_ISLNK(found.st_mode):
        target = os.readlink(source)  # noqa: PTH115  # a Path would not keep it as it is written
        return Entry(path, source, EntryKind.SYMLINK, target=target.replace(os.sep, "/"))
    return _ODD_KINDS.get(stat.S_IFMT(found.st_mode), "something special")


def _unpackable(folder: Path, problems: list[str]) -> ContextError:
    more = len(problems) - _SHOWN_PROBLEMS
    listed = "; ".join(sorted(problems)[:_SHOWN_PROBLEMS]) + (
        f"; and {more} more" if more > 0 else ""
    )
    return ContextError(
        f"{folder} cannot be packaged: {listed}",
        hint=f"make it readable, remove it, or name it in {folder / IGNORE_FILE}",
    )
