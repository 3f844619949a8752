"""Archives in a directory of this machine, uploaded through the cloud itself by signed URLs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock
from typing import IO, Final
from weakref import WeakValueDictionary

from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.api.multipart import part_ranges
from hathora_deploy.cloud.artifacts.port import KEY, URL_LIFETIME, UploadSession, WholeUpload
from hathora_deploy.cloud.artifacts.signing import COMPLETE, WHOLE, UploadUrls
from hathora_deploy.cloud.artifacts.upload import Upload
from hathora_deploy.cloud.errors import BuildFailed

PART_SIZE: Final = 16 * 1024 * 1024
"""Bytes: little to send again after a cut, and 10,000 parts still hold 156 GiB."""
LARGEST_WHOLE: Final = 5 * 1024**4
"""Bytes: what S3 takes at most, and less than what a file system takes."""
PIECE: Final = 1024 * 1024
"""Bytes of an archive in memory at a time."""


class DirectoryArtifacts:
    """A folder for each key under ``root``; ``signing_key`` signs the upload URLs.

    The URL of a whole archive takes the body of a PUT too, and its form needs no field but the file.
    """

    def __init__(
        self,
        root: Path,
        signing_key: bytes,
        *,
        part_size: int = PART_SIZE,
        url_lifetime: timedelta = URL_LIFETIME,
    ) -> None:
        self.urls = UploadUrls(signing_key, url_lifetime)
        self.part_size = part_size
        self._root = root
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = Lock()
        self._uploads: WeakValueDictionary[str, Upload] = WeakValueDictionary()

    def create_upload(self, key: str, size: int, *, base_url: str) -> UploadSession:
        free = shutil.disk_usage(self._root).free
        if size > free:
            raise InternalServerError(
                f"no room for the archive: it needs {size:,} bytes, the cloud's disk has {free:,} free",
                hint="make room on the disk that holds the cloud's data",
            )
        parts = part_ranges(size, self.part_size)
        self.upload(key).open(size, self.part_size)
        return UploadSession(
            part_size=self.part_size,
            part_urls=tuple(self.urls.sign(base_url, key, str(part.number)) for part in parts),
            complete_url=self.urls.sign(base_url, key, COMPLETE),
        )

    def room(self) -> int:
        return max(1, min(shutil.disk_usage(self._root).free, LARGEST_WHOLE))

    def create_whole_upload(self, key: str, size: int, *, base_url: str) -> WholeUpload:
        self.upload(key).open(size, part_size=size)
        return WholeUpload(url=self.urls.sign(base_url, key, WHOLE), fields={})

    def take(self, key: str, archive: IO[bytes]) -> None:
        upload = self.upload(key)
        with closing(upload.begin_part(1)) as writer:
            while piece := archive.read(PIECE):
                writer.write(piece)
            writer.finish_whole()

    def is_complete(self, key: str) -> bool:
        return self.upload(key).archive.exists()

    @contextmanager
    def fetch(self, key: str, cancelled: Event) -> Iterator[Path]:
        archive = self.upload(key).archive
        if not archive.exists():
            raise BuildFailed("the archive of this build was not uploaded, or was deleted")
        yield archive

    def delete(self, key: str) -> None:
        self.upload(key).remove()

    def expire(self, older_than: timedelta) -> int:
        """Since the last byte of an upload was written."""
        deadline = time.time() - older_than.total_seconds()
        expired = 0
        for folder in self._root.iterdir():
            if not KEY.fullmatch(folder.name):
                continue  # not ours: what a file manager leaves
            upload = self.upload(folder.name)
            if not upload.archive.exists() and _last_written(upload) < deadline:
                upload.remove()
                expired += 1
        return expired

    def close(self) -> None:
        """Nothing is."""

    def upload(self, key: str) -> Upload:
        """The upload of a key, whether it has begun or not."""
        if not KEY.fullmatch(key):
            raise ValueError(f"{key!r} cannot be the key of an archive")
        with self._lock:
            upload = self._uploads.get(key)
            if upload is None:
                # One object for all who use the key now, so that they share its lock.
                upload = self._uploads[key] = Upload(self._root / key)
            return upload


def _last_written(upload: Upload) -> float:
    for path in (upload.partial, upload.folder):
        try:
            return path.stat().st_mtime
        except FileNotFoundError:
            continue
    return 0.0
