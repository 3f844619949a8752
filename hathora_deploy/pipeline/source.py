"""What a build is made of, as a deploy knows it: a folder (``folder_source``) or an archive (``given_archive``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from hathora_deploy.dockerfile import Dockerfile
from hathora_deploy.pipeline.archive import GrowingArchive, Packed
from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.concern import Concern
from hathora_deploy.pipeline.effort import Effort
from hathora_deploy.pipeline.manifest import Manifest
from hathora_deploy.pipeline.progress import Hearer
from hathora_deploy.pipeline.revision import Revision


class Content(Protocol):
    """What a build is made of, at a moment, and its digest, in hex."""

    @property
    def digest(self) -> str: ...

    @property
    def manifest(self) -> Manifest | None:
        """Its files; None where nobody looked at each of them."""

    def require_unchanged(self) -> None:
        """Raises ContextError if it is not any more what it was when its digest was taken."""


class Source(Protocol):
    """What a build is made of. Whatever can be wrong with it raises ContextError."""

    @property
    def place(self) -> Path:
        """Where it is."""

    @property
    def files(self) -> int: ...

    @property
    def size(self) -> int:
        """Bytes of all files."""

    def revision(self, *, git_timeout: float) -> Revision:
        """What git knows of it; each question to it may take so many seconds."""

    def dockerfile(self) -> Dockerfile: ...

    def concerns(self) -> tuple[Concern, ...]:
        """What is likely wrong with it, and no reason to stop."""

    def content(self, progress: Hearer) -> Content:
        """What it holds; ``progress`` hears of the bytes that are known, from several threads."""

    def archive(
        self,
        *,
        compression: Compression,
        progress: Hearer,
        packed: Callable[[Packed], object],
        efforts: Sequence[Effort],
    ) -> AbstractContextManager[GrowingArchive]:
        """The archive to send, which may be yet to be written; as of ``packing``."""
