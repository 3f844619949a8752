"""What a build is made of: taken before it is packed and sent, and compared afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.context import IGNORE_FILE, BuildContext
from hathora_deploy.pipeline.digest import content_digest, tar_digest
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.hashes import NOTHING, Hashes, Hearer, hash_files
from hathora_deploy.pipeline.stat_cache import StatCache

_PIECE: Final = 1 << 20


class Content(Protocol):
    """What has a digest, in hex."""

    @property
    def digest(self) -> str: ...

    def require_unchanged(self) -> None:
        """Raises ContextError if it is not any more what it was when its digest was taken."""


@dataclass(frozen=True)
class FolderContent:
    """A context and its digest."""

    context: BuildContext
    hashes: Hashes
    digest: str

    def require_unchanged(self) -> None:
        try:
            now = hash_files(self.context.entries, earlier=self.hashes)
        except ContextError as error:
            raise _changed(error.message) from None
        for path, known in self.hashes.files.items():
            if now.files[path].sha256 != known.sha256:
                raise _changed(f"{self.context.folder / path} changed")


def read_content(
    context: BuildContext, *, cache_home: Path, progress: Hearer, anew: bool = False
) -> FolderContent:
    """Read what is not known from an earlier time, or ``anew`` everything. Raises ContextError."""
    cache = StatCache(context.folder, home=cache_home)
    earlier = NOTHING if anew else cache.load()
    hashes = hash_files(context.entries, earlier=earlier, progress=progress)
    if hashes.read or len(hashes.files) != len(earlier.files):
        cache.save(hashes)
    return FolderContent(context, hashes, content_digest(context.entries, hashes.by_path()))


@dataclass(frozen=True)
class ArchiveContent:
    """An archive that was given, and the digest of its tar."""

    archive: Archive
    digest: str

    def require_unchanged(self) -> None:
        if Archive.of(self.archive.path) != self.archive:
            raise ContextError(f"{self.archive.path} changed while it was sent")


def read_archive_content(archive: Archive) -> ArchiveContent:
    """Reads all of it, which is known to be whole."""
    from isal import igzip

    with igzip.open(archive.path, "rb") as tar:  # type: ignore[no-untyped-call]  # it has no stub
        return ArchiveContent(archive, tar_digest(iter(lambda: tar.read(_PIECE), b"")))


def _changed(what: str) -> ContextError:
    return ContextError(
        f"{what} while the folder was packed: the build would not be what its id says",
        hint=f"stop what writes to it, or name it in {IGNORE_FILE}",
    )
