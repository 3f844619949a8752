"""Archives in a store that speaks S3. Uploads go straight to it; the cloud fetches what it builds."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import IO, TYPE_CHECKING, Final

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from hathora_deploy import private_files
from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.api.multipart import part_ranges
from hathora_deploy.cloud.artifacts.errors import EntityTooLarge, EntityTooSmall, NoSuchUpload
from hathora_deploy.cloud.artifacts.location import S3Location
from hathora_deploy.cloud.artifacts.port import (
    ARCHIVE,
    KEY,
    URL_LIFETIME,
    UploadSession,
    WholeUpload,
)
from hathora_deploy.cloud.artifacts.s3_client import connect, failures_as, is_gone
from hathora_deploy.cloud.artifacts.s3_download import Download
from hathora_deploy.cloud.errors import BuildFailed
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MEBIBYTE: Final = 1024 * 1024
SMALLEST_PART: Final = 16 * MEBIBYTE
LARGEST_PART: Final = 5 * 1024 * MEBIBYTE
MOST_PARTS: Final = 1000
"""S3 takes 10,000, but it takes milliseconds to sign each."""
LARGEST_WHOLE: Final = 5 * 1024 * MEBIBYTE
"""What S3 takes in one piece."""
_SUFFIX: Final = ".tgz"
_TRANSFER: Final = TransferConfig(
    multipart_threshold=SMALLEST_PART, multipart_chunksize=SMALLEST_PART, max_concurrency=4
)


class S3Artifacts:
    """An object for each key. Nothing is remembered here: uploads are found by listing them."""

    def __init__(
        self,
        client: S3Client,
        location: S3Location,
        *,
        downloads: Path,
        url_lifetime: timedelta = URL_LIFETIME,
    ) -> None:
        """``downloads`` is emptied: it holds archives while they are built."""
        self._client = client
        self._location = location
        self._bucket = location.bucket
        self._expires_in = int(url_lifetime.total_seconds())
        shutil.rmtree(downloads, ignore_errors=True)  # of a cloud that was killed
        self._downloads = private_files.make_folder(downloads)

    @classmethod
    def open(cls, location: S3Location, *, downloads: Path) -> S3Artifacts:
        """The store, which answers and takes uploads. Raises CloudStartError."""
        return cls(connect(location), location, downloads=downloads)

    def create_upload(self, key: str, size: int, *, base_url: str) -> UploadSession:
        part_size = part_size_of(size)
        name = self._name(key)
        with failures_as(InternalServerError, self._location):
            answer = self._client.create_multipart_upload(Bucket=self._bucket, Key=name)
            upload = {"Bucket": self._bucket, "Key": name, "UploadId": answer["UploadId"]}
            return UploadSession(
                part_size=part_size,
                part_urls=tuple(
                    self._sign("upload_part", {**upload, "PartNumber": part.number})
                    for part in part_ranges(size, part_size)
                ),
                complete_url=self._sign("complete_multipart_upload", upload),
            )

    def room(self) -> int:
        return LARGEST_WHOLE

    def create_whole_upload(self, key: str, size: int, *, base_url: str) -> WholeUpload:
        with failures_as(InternalServerError, self._location):
            form = self._client.generate_presigned_post(
                Bucket=self._bucket,
                Key=self._name(key),
                Conditions=[["content-length-range", 1, size]],
                ExpiresIn=self._expires_in,
            )
        fields = {name: Secret(value) for name, value in form["fields"].items()}
        return WholeUpload(url=Secret(form["url"]), fields=fields)

    def take(self, key: str, archive: IO[bytes]) -> None:
        size = archive.seek(0, os.SEEK_END)
        archive.seek(0)
        if not size:
            raise EntityTooSmall("the archive is empty")
        if size > LARGEST_WHOLE:
            raise EntityTooLarge(f"the store takes {LARGEST_WHOLE:,} bytes in one piece")
        if self.is_complete(key):
            raise NoSuchUpload("this upload is complete already")
        with failures_as(InternalServerError, self._location):
            self._client.upload_fileobj(archive, self._bucket, self._name(key), Config=_TRANSFER)

    def is_complete(self, key: str) -> bool:
        with failures_as(InternalServerError, self._location):
            try:
                self._client.head_object(Bucket=self._bucket, Key=self._name(key))
            except ClientError as error:
                if is_gone(error):
                    return False
                raise
        return True

    @contextmanager
    def fetch(self, key: str, cancelled: Event) -> Iterator[Path]:
        with TemporaryDirectory(dir=self._downloads) as folder:
            archive = Path(folder) / ARCHIVE
            self._download(key, archive, cancelled)
            yield archive

    def delete(self, key: str) -> None:
        name = self._name(key)
        with failures_as(InternalServerError, self._location):
            for upload_key, upload_id, _ in self._uploads(prefix=name):
                if upload_key == name:
                    self._abort(upload_key, upload_id)
            self._client.delete_object(Bucket=self._bucket, Key=name)

    def expire(self, older_than: timedelta) -> int:
        """Since an upload was begun, by the clock of the store."""
        deadline = datetime.now(UTC) - older_than
        with failures_as(InternalServerError, self._location):
            old = [
                (name, upload_id)
                for name, upload_id, begun in self._uploads(prefix=self._location.prefix)
                if begun < deadline and self._is_ours(name)
            ]
            for name, upload_id in old:
                self._abort(name, upload_id)
        return len(old)

    def close(self) -> None:
        self._client.close()

    def _name(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise ValueError(f"{key!r} cannot be the key of an archive")
        return f"{self._location.prefix}{key}{_SUFFIX}"

    def _is_ours(self, name: str) -> bool:
        """A bucket may hold what is somebody else's."""
        own = name.removeprefix(self._location.prefix)
        return own.endswith(_SUFFIX) and KEY.fullmatch(own.removesuffix(_SUFFIX)) is not None

    def _sign(self, method: str, fields: Mapping[str, object]) -> Secret:
        return Secret(
            self._client.generate_presigned_url(
                method, Params=dict(fields), ExpiresIn=self._expires_in
            )
        )

    def _uploads(self, *, prefix: str) -> Iterator[tuple[str, str, datetime]]:
        pages = self._client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for upload in page.get("Uploads", ()):
                yield upload["Key"], upload["UploadId"], upload["Initiated"]

    def _abort(self, name: str, upload_id: str) -> None:
        try:
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=name, UploadId=upload_id)
        except ClientError as error:
            if not is_gone(error):
                raise

    def _download(self, key: str, archive: Path, cancelled: Event) -> None:
        try:
            with failures_as(BuildFailed, self._location):
                download = self._find(self._name(key))
                # Before a disk is filled that the cloud's own state may be on.
                if download.size > shutil.disk_usage(self._downloads).free:
                    raise _no_room()
                download.write(archive, cancelled)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise _no_room() from None

    def _find(self, name: str) -> Download:
        try:
            return Download(self._client, self._bucket, name)
        except ClientError as error:
            if not is_gone(error):
                raise
            raise BuildFailed(
                "the archive of this build was not uploaded, or was deleted"
            ) from None


def _no_room() -> BuildFailed:
    return BuildFailed(
        "the disk of the cloud is full: it has no room for the archive",
        hint="make room on it, then deploy again",
    )


def part_size_of(size: int) -> int:
    """Bytes of a part, so that they are not too many. Raises InternalServerError."""
    wanted = -(-size // MOST_PARTS)
    part_size = max(SMALLEST_PART, -(-wanted // MEBIBYTE) * MEBIBYTE)
    if part_size > LARGEST_PART:
        raise InternalServerError(
            f"an archive of {size:,} bytes is larger than what S3 takes",
            hint="leave out of it what the game server does not need, by .dockerignore",
        )
    return part_size
