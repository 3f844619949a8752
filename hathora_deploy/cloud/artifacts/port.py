"""What the cloud asks of a store of archives."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from hathora_deploy.secret import Secret


@dataclass(frozen=True)
class UploadSession:
    """Where the parts of an archive go: part n, counted from 1, is the n-th slice of ``part_size`` bytes."""

    part_size: int
    part_urls: tuple[Secret, ...]
    complete_url: Secret


class Artifacts(Protocol):
    """Keeps archives by key; a key is made by the cloud, once for each upload."""

    def create_upload(self, key: str, size: int, *, base_url: str) -> UploadSession:
        """Open an upload of at most ``size`` bytes; URLs begin with ``base_url``.

        Raises InternalServerError when there is no room for it.
        """
        ...

    def room(self) -> int:
        """What an archive may measure that nobody knows the size of yet, in bytes; at least 1."""
        ...

    def create_whole_upload(self, key: str, size: int, *, base_url: str) -> Secret:
        """Open an upload of at most ``size`` bytes in one piece, which completes it.

        The URL takes it as the body of a PUT, or as the ``file`` of a form.
        """
        ...

    def take(self, key: str, archive: IO[bytes]) -> None:
        """Take the archive of an upload that was opened for one piece. Raises UploadRefused."""
        ...

    def is_complete(self, key: str) -> bool:
        """Whether the upload was completed: the archive is there, whole."""
        ...

    def fetch(self, key: str) -> AbstractContextManager[Path]:
        """The archive as a file, for as long as the ``with`` block lasts."""
        ...

    def delete(self, key: str) -> None:
        """Remove an archive, or abort its upload. Silent when it is gone already."""
        ...
