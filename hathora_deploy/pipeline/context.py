"""The build context: the files of a folder that become part of a build."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Final

from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.ignore import IgnoreRules, IgnoreSyntaxError, parse_ignore_file

DOCKERFILE: Final = "Dockerfile"
IGNORE_FILE: Final = ".dockerignore"
_SHOWN_PROBLEMS: Final = 5


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

    @property
    def holds_git_history(self) -> bool:
        """Whether the repository itself would be sent."""
        return any(entry.path == ".git" for entry in self.entries)


def read_context(folder: Path, *, dockerfile: str | None = None) -> BuildContext:
    """Look at every file of a folder, and read none. ``dockerfile`` is relative to the folder.

    Raises ContextError for anything that could not be packed, all of it at once.
    """
    _require_folder(folder)
    found = _find_dockerfile(folder, dockerfile)
    ignore_file, rules = _read_ignore_file(folder, found)
    sent_always = {DOCKERFILE: found} | ({IGNORE_FILE: ignore_file} if ignore_file else {})
    entries: list[Entry] = []
    problems: list[str] = []
    for path, source in _walk(folder, rules, problems):
        if path not in sent_always:
            _add(path, source, entries, problems)
    for path, source in sent_always.items():
        _add(path, source.resolve(), entries, problems)
    if problems:
        raise _unpackable(folder, problems)
    return BuildContext(
        folder, found, tuple(sorted(entries, key=lambda each: each.path.split("/")))
    )


def _require_folder(folder: Path) -> None:
    hint = "name the folder that holds the game server and its Dockerfile"
    if not os.path.lexists(folder):
        raise ContextError(f"there is no folder {folder}", hint=hint)
    if not folder.is_dir():
        raise ContextError(f"{folder} is not a folder", hint=hint)
    try:
        is_empty = not list(folder.iterdir())
    except OSError as error:
        raise ContextError(f"the folder {folder} cannot be read: {error.strerror}") from None
    if is_empty:
        raise ContextError(f"the folder {folder} is empty", hint=hint)


def _find_dockerfile(folder: Path, dockerfile: str | None) -> Path:
    found = folder / (dockerfile or DOCKERFILE)
    if found.is_file():
        return found
    if found.exists():
        raise ContextError(f"{found} is not a file")
    if dockerfile is not None:
        raise ContextError(
            f"there is no Dockerfile {found}",
            hint=f"the setting dockerfile is a path that begins in {folder}",
        )
    raise ContextError(
        f"there is no Dockerfile in {folder}",
        hint=f"write one, or let `hathora-deploy init {shlex.quote(folder.as_posix())}` write it",
    )


def _read_ignore_file(folder: Path, dockerfile: Path) -> tuple[Path | None, IgnoreRules]:
    """The ignore file in force: one named after the Dockerfile goes before that of the folder."""
    for path in (dockerfile.with_name(f"{dockerfile.name}.dockerignore"), folder / IGNORE_FILE):
        if not path.is_file():
            continue
        try:
            return path, parse_ignore_file(path.read_text(encoding="utf-8", errors="replace"))
        except OSError as error:
            raise ContextError(f"{path} cannot be read: {error.strerror}") from None
        except IgnoreSyntaxError as error:
            raise ContextError(f"{path}, {error}") from None
    return None, IgnoreRules()


def _walk(folder: Path, rules: IgnoreRules, problems: list[str]) -> Iterator[tuple[str, Path]]:
    """(path, source) of what stays in; the folders above something brought back, too."""
    pending = [("", folder)]
    while pending:
        above, place = pending.pop()
        try:
            found = list(os.scandir(place))
        except OSError as error:
            problems.append(f"{above}: the folder cannot be read ({error.strerror})")
            continue
        for child in found:
            path = f"{above}/{child.name}" if above else child.name
            is_ignored = rules.ignores(path)
            if child.is_dir(follow_symlinks=False) and (
                not is_ignored or rules.may_bring_back_below(path)
            ):
                pending.append((path, Path(child.path)))
            if not is_ignored:
                yield path, Path(child.path)


def _add(path: str, source: Path, entries: list[Entry], problems: list[str]) -> None:
    try:
        entry = _entry(path, source)
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror})")
        return
    if entry is None:
        problems.append(f"{path}: neither file, folder nor symlink")
    else:
        entries.append(entry)


def _entry(path: str, source: Path) -> Entry | None:
    status = source.lstat()
    if stat.S_ISLNK(status.st_mode):
        target = str(source.readlink()).replace(os.sep, "/")
        return Entry(path, source, EntryKind.SYMLINK, target=target)
    if stat.S_ISDIR(status.st_mode):
        return Entry(path, source, EntryKind.FOLDER)
    if not stat.S_ISREG(status.st_mode):
        return None
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
