"""What a build context holds: taken before it is packed, and compared afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hathora_deploy.pipeline.context import IGNORE_FILE, BuildContext
from hathora_deploy.pipeline.digest import content_digest
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.hashes import NOTHING, Hashes, Hearer, hash_files
from hathora_deploy.pipeline.stat_cache import StatCache


@dataclass(frozen=True)
class Content:
    """A context and its digest, in hex."""

    context: BuildContext
    hashes: Hashes
    digest: str

    def require_unchanged(self) -> None:
        """Raises ContextError if the files do not hold any more what they held."""
        try:
            now = hash_files(self.context.entries, earlier=self.hashes)
        except ContextError as error:
            raise _changed(error.message) from None
        for path, known in self.hashes.files.items():
            if now.files[path].sha256 != known.sha256:
                raise _changed(f"{self.context.folder / path} changed")


def read_content(
    context: BuildContext, *, cache_home: Path, progress: Hearer, anew: bool = False
) -> Content:
    """Read what is not known from an earlier time, or ``anew`` everything. Raises ContextError."""
    cache = StatCache(context.folder, home=cache_home)
    earlier = NOTHING if anew else cache.load()
    hashes = hash_files(context.entries, earlier=earlier, progress=progress)
    if hashes.read or len(hashes.files) != len(earlier.files):
        cache.save(hashes)
    return Content(context, hashes, content_digest(context.entries, hashes.by_path()))


def _changed(what: str) -> ContextError:
    return ContextError(
        f"{what} while the folder was packed: the build would not be what its id says",
        hint=f"stop what writes to it, or name it in {IGNORE_FILE}",
    )
