"""What the cloud asks of a store of archives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import IO, Final, Protocol

from hathora_deploy.secret import Secret

URL_LIFETIME: Final = timedelta(hours=24)
"""How long upload URLs are good: what is not complete by then never will be."""
KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""What a key looks like, so that it is a part of a path or URL as it is."""

ARCHIVE: Final = "archive.tgz"
"""The name of an archive in its folder on this machine."""


@dataclass(frozen=True)
class UploadSession:
    """Where the parts of an archive go: part n, counted from 1, is the n-th slice of ``part_size`` bytes."""

    part_size: int
    part_urls: tuple[Secret, ...]
    complete_url: Secret


@dataclass(frozen=True)
class WholeUpload:
    """Where an archive goes in one piece: as the ``file`` of a form, after these ``fields``."""

    url: Secret
    fields: Mapping[str, Secret]


class Artifacts(Protocol):
    """Keeps archives by key; a key is made by the cloud, once for each upload.

    What keeps a home from its work, such as a full disk, is an InternalServerError.
    """

    def create_upload(self, key: str, size: int, *, base_url: str) -> UploadSession:
        """Open an upload of at most ``size`` bytes, which there must be room for.

        ``base_url`` is how the client reaches the cloud.
        """
        ...

    def room(self) -> int:
        """What an archive may measure that nobody knows the size of yet, in bytes; at least 1."""
        ...

    def create_whole_upload(self, key: str, size: int, *, base_url: str) -> WholeUpload:
        """Open an upload of at most ``size`` bytes in one piece, which completes it."""
        ...

    def take(self, key: str, archive: IO[bytes]) -> None:
        """Take the archive of an upload that was opened for one piece. Raises UploadRefused."""
        ...

    def is_complete(self, key: str) -> bool:
        """Whether the upload was completed: the archive is there, whole."""
        ...

    def fetch(self, key: str, cancelled: Event) -> AbstractContextManager[Path]:
        """The archive as a file, for as long as the ``with`` block lasts.

        Raises BuildFailed, or BuildCancelled once the event is set.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an archive, or abort its upload. Silent when it is gone already."""
        ...

    def expire(self, older_than: timedelta) -> int:
        """Abort the uploads that nobody completed for so long; say how many there were."""
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...
