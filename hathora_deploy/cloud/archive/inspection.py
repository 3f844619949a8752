"""Looks an archive through before anything of it is written, whichever runtime is to build it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hathora_deploy.cloud.archive.limits import ArchiveLimits, bound_of
from hathora_deploy.cloud.archive.stream import EntryKind, TarStream, open_tar
from hathora_deploy.cloud.archive.tree import Tree
from hathora_deploy.cloud.errors import BuildFailed

_DOCKERFILE: Final = b"Dockerfile"
_LARGEST_DOCKERFILE: Final = 1 << 20


@dataclass(frozen=True)
class InspectedArchive:
    """An archive that may be unpacked. ``inspect`` makes it: whoever is given one need not look again."""

    path: Path
    size: int
    """Bytes of its tar."""
    dockerfile: str
    """Empty if that is a link."""
    repeated: frozenset[bytes]
    """Names that more than one entry has, the last of which counts."""


def inspect(
    archive: Path, *, limits: ArchiveLimits, cancelled: threading.Event, free: int | None = None
) -> InspectedArchive:
    """Read an archive to its end and write nothing; ``free`` is what its disk has, if that is known.

    Raises BuildFailed for what no honest archive has, or BuildCancelled.
    """
    bound = bound_of(limits, archive_size=archive.stat().st_size, free=free)
    tree, dockerfile = Tree(limits), ""
    with open_tar(archive, bound=bound, extensions=limits.extensions, cancelled=cancelled) as tar:
        for entry in tar.entries():
            if tree.add(entry) == _DOCKERFILE:
                is_text = entry.kind is EntryKind.FILE
                dockerfile = _text(tar, entry.size) if is_text else ""
        size = tar.position
    tree.check_links(cancelled)
    if not tree.is_file(_DOCKERFILE):
        raise BuildFailed(
            "the archive has no Dockerfile at its root",
            hint="`hathora-deploy init` writes one; a .dockerignore must not leave it out",
        )
    return InspectedArchive(archive, size, dockerfile, tree.repeated)


def _text(tar: TarStream, size: int) -> str:
    if size > _LARGEST_DOCKERFILE:
        raise BuildFailed(
            f"the Dockerfile has {size:,} bytes, more than 1 MiB",
            hint="keep what it installs in files of their own",
        )
    return b"".join(tar.content()).decode("utf-8", "replace")
