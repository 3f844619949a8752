"""An archive to keep: written to a file or a stream, without a deploy."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from hathora_deploy.pipeline.archive import Packed, write_archive
from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.context import BuildContext, Entry, read_context
from hathora_deploy.pipeline.errors import ArchiveError
from hathora_deploy.pipeline.git_revision import GIT_TIMEOUT, read_revision
from hathora_deploy.pipeline.inspection import inspect
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.temporary import NO_ROOM

DEFAULT_COMPRESSION: Final = Compression(6)
"""Does not change: what was packaged once has the same bytes when it is packaged again."""


@dataclass(frozen=True)
class Package:
    """What was packaged, and what became of it. Sizes are in bytes."""

    files: int
    context_size: int
    archive: Packed


def package(
    folder: Path,
    target: Path | BinaryIO,
    *,
    reporter: Reporter,
    compression: Compression = DEFAULT_COMPRESSION,
    dockerfile: str | None = None,
    git_timeout: float = GIT_TIMEOUT,
    overwrite: bool = False,
) -> Package:
    """Write the archive of a folder, and ask no cloud. A file is there whole or not at all.

    Raises ContextError for the folder, ArchiveError for the target. An archive that lies in the folder
    is left out of itself.
    """
    if isinstance(target, Path):
        _sweep(target)
    context = read_context(folder, dockerfile=dockerfile)
    for concern in inspect(context):
        reporter.warning(str(concern))
    revision = read_revision(context.folder, timeout=git_timeout)
    if not isinstance(target, Path):
        try:
            return _write(context, revision, target, compression, reporter)
        except OSError as error:
            raise _unwritable("the stream", error) from None
    if overwrite:
        target = _place_of(target)
    else:
        _require_none(target)
    context = _without(context, target, reporter)
    with _replacing(target, overwrite=overwrite) as file:
        return _write(context, revision, file, compression, reporter)


def _write(
    context: BuildContext,
    revision: Revision,
    file: BinaryIO,
    compression: Compression,
    reporter: Reporter,
) -> Package:
    reporter.packaging(context.folder, str(revision), context.size)
    packed = write_archive(context, file.write, compression=compression, progress=reporter.packing)
    reporter.packed(context.files, context.size, packed.size)
    return Package(context.files, context.size, packed)


def _without(context: BuildContext, target: Path, reporter: Reporter) -> BuildContext:
    place = target.resolve()
    kept = tuple(each for each in context.entries if not _is_at(each, place))
    if len(kept) < len(context.entries):
        reporter.warning(
            f"{target} lies in the folder: name it in .dockerignore, or a deploy sends it"
        )
    return replace(context, entries=kept)


def _is_at(entry: Entry, place: Path) -> bool:
    """The disk is asked about few entries only."""
    may_be = entry.source.lower().endswith(place.name.lower())
    return may_be and Path(entry.source).resolve() == place


@contextmanager
def _replacing(target: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """A file beside ``target`` that takes its name if the block ends well, and else is gone."""
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        try:
            with partial.open("xb") as file:
                with suppress(OSError):  # of a file system without locks
                    _lock(file)
                yield file
            if not overwrite:
                _require_none(target)  # another may have come meanwhile
            partial.replace(target)
        except OSError as error:
            raise _unwritable(target, error) from None
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _sweep(target: Path) -> None:
    """Remove what programs that were killed have left of this target: a deploy of its folder would send it."""
    name = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.partial")
    with suppress(OSError):
        for each in target.parent.iterdir():
            if name.fullmatch(each.name) and each.is_file():
                with suppress(OSError):  # somebody writes it, or it is not ours
                    _remove_unused(each)


def _remove_unused(partial: Path) -> None:
    if sys.platform == "win32":  # which lets nobody remove a file that is open
        partial.unlink()
    else:
        with partial.open("rb") as file:
            _lock(file)
            partial.unlink()


def _lock(file: BinaryIO) -> None:
    """The system lets go of it when a program is killed. Raises OSError where somebody has it."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _require_none(target: Path) -> None:
    if os.path.lexists(target):
        raise ArchiveError(f"{target} exists already", hint="name another, or add --force")


def _place_of(target: Path) -> Path:
    """Where a link leads, which stays one. Nothing takes the place of a device, a pipe or a folder."""
    place = Path(os.path.realpath(target))
    if place.exists() and not place.is_file():
        raise ArchiveError(f"{target} is no file", hint="name another; -o - writes to stdout")
    return place


def _unwritable(target: Path | str, error: OSError) -> ArchiveError:
    if error.errno in NO_ROOM:
        return ArchiveError(
            f"there is no room for {target}", hint="free some space, or write elsewhere"
        )
    return ArchiveError(f"{target} cannot be written: {error.strerror or error}")
