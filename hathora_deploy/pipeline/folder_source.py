"""A folder as what a build is made of: what has not changed since an earlier deploy is not read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from hathora_deploy.dockerfile import Dockerfile
from hathora_deploy.pipeline.archive import GrowingArchive, Packed, packing
from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.concern import Concern
from hathora_deploy.pipeline.context import IGNORE_FILE, BuildContext, read_context
from hathora_deploy.pipeline.digest import content_digest
from hathora_deploy.pipeline.dockerfile_text import read_dockerfile
from hathora_deploy.pipeline.effort import Effort
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.git_revision import read_revision
from hathora_deploy.pipeline.hashes import NOTHING, Hashes, hash_files, looked_at_again
from hathora_deploy.pipeline.inspection import inspect
from hathora_deploy.pipeline.manifest import Manifest, manifest_of
from hathora_deploy.pipeline.progress import Hearer
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.stat_cache import StatCache


@dataclass(frozen=True)
class FolderContent:
    """Implements Content."""

    context: BuildContext
    hashes: Hashes
    digest: str

    @property
    def manifest(self) -> Manifest:
        return manifest_of(self.context.entries, self.hashes.by_path())

    def require_unchanged(self) -> None:
        try:
            now = hash_files(looked_at_again(self.context.entries), earlier=self.hashes)
        except ContextError as error:
            raise _changed(error.message) from None
        for path, known in self.hashes.files.items():
            if now.files[path].sha256 != known.sha256:
                raise _changed(f"{self.context.folder / path} changed")


@dataclass(frozen=True)
class FolderSource:
    """Implements Source."""

    context: BuildContext
    cache: StatCache
    earlier: Hashes
    """What an earlier deploy has read."""

    @property
    def place(self) -> Path:
        return self.context.folder

    @property
    def files(self) -> int:
        return self.context.files

    @property
    def size(self) -> int:
        return self.context.size

    def revision(self, *, git_timeout: float) -> Revision:
        return read_revision(self.context.folder, timeout=git_timeout)

    def dockerfile(self) -> Dockerfile:
        path = self.context.dockerfile
        try:
            return read_dockerfile(path.read_bytes(), place=str(path))
        except OSError as error:
            raise ContextError(f"{path} can no longer be read: {error.strerror}") from None

    def concerns(self) -> tuple[Concern, ...]:
        return inspect(self.context)

    def content(self, progress: Hearer) -> FolderContent:
        """Reads what is not known from an earlier time."""
        entries = self.context.entries
        hashes = hash_files(entries, earlier=self.earlier, progress=progress)
        if hashes.read or len(hashes.files) != len(self.earlier.files):
            self.cache.save(hashes)
        return FolderContent(self.context, hashes, content_digest(entries, hashes.by_path()))

    def archive(
        self,
        *,
        compression: Compression,
        progress: Hearer,
        packed: Callable[[Packed], object],
        efforts: Sequence[Effort],
    ) -> AbstractContextManager[GrowingArchive]:
        return packing(
            self.context,
            compression=compression,
            progress=progress,
            packed=packed,
            efforts=efforts,
        )


def read_folder(
    folder: Path, *, dockerfile: str | None = None, cache_home: Path, anew: bool = False
) -> FolderSource:
    """Look at a folder. With ``anew``, nothing is known of it from earlier. Raises ContextError."""
    cache = StatCache(folder, home=cache_home)
    earlier = NOTHING if anew else cache.load()
    context = read_context(folder, dockerfile=dockerfile, known=earlier.settled())
    return FolderSource(context, cache, earlier)


def _changed(what: str) -> ContextError:
    return ContextError(
        f"{what} while the folder was packed: the build would not be what its id says",
        hint=f"stop what writes to it, or name it in {IGNORE_FILE}",
    )
