"""An object on its way to a file of this machine; a connection that is cut is taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from botocore.exceptions import HTTPClientError, IncompleteReadError

from hathora_deploy.cloud.errors import BuildCancelled

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PIECE: Final = 1024 * 1024
_ATTEMPTS: Final = 4
_PAUSE: Final = 0.5


class Download:
    """One object as it is now: if another takes its place meanwhile, the store refuses the rest."""

    def __init__(self, client: S3Client, bucket: str, name: str) -> None:
        found = client.head_object(Bucket=bucket, Key=name)
        self.size = found["ContentLength"]
        self._etag = found["ETag"]
        self._client = client
        self._bucket = bucket
        self._name = name

    def write(self, path: Path, cancelled: Event) -> None:
        """Raises BuildCancelled once the event is set, and what boto3 raises."""
        written = failures = 0
        with path.open("xb") as file:
            while written < self.size:
                try:
                    for piece in self._pieces(written):
                        if cancelled.is_set():
                            raise BuildCancelled(
                                "the build was cancelled as its archive was fetched"
                            )
                        file.write(piece)
                        written += len(piece)
                        failures = 0
                except (HTTPClientError, IncompleteReadError):
                    failures += 1
                    if failures == _ATTEMPTS:
                        raise
                    cancelled.wait(_PAUSE * failures)

    def _pieces(self, start: int) -> Iterator[bytes]:
        answer = self._client.get_object(
            Bucket=self._bucket, Key=self._name, IfMatch=self._etag, Range=f"bytes={start}-"
        )
        with closing(answer["Body"]) as body:
            yield from body.iter_chunks(_PIECE)
