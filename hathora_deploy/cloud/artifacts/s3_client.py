"""The connection to a store that speaks S3: opened, tried, and its failures put into words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

import boto3
from boto3.exceptions import Boto3Error, RetriesExceededError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError as BotocoreConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from hathora_deploy.cloud.artifacts.location import S3Location
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.errors import HathoraError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CREDENTIALS: Final = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or keep them in ~/.aws/credentials"
)
_PERMISSIONS: Final = (
    "they need s3:ListBucket, s3:ListBucketMultipartUploads, s3:GetObject, s3:PutObject,"
    " s3:DeleteObject and s3:AbortMultipartUpload"
)
_GONE: Final = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NotFound"})
_NO_ENTRY: Final = frozenset(
    {"403", "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch"}
)


def connect(location: S3Location) -> S3Client:
    """A client of the store, which was tried: it takes uploads. Raises CloudStartError."""
    # Somebody waits for the start: one attempt at each call says enough.
    with (
        closing(open_client(location, attempts=1, read_timeout=10)) as trial,
        failures_as(CloudStartError, location),
    ):
        try_uploads(trial, location)
    return open_client(location)


def open_client(location: S3Location, *, attempts: int = 4, read_timeout: float = 30) -> S3Client:
    """A client that has credentials and a region, and has called nobody. Raises CloudStartError."""
    try:
        session = boto3.Session()
        if session.get_credentials() is None:
            raise CloudStartError(
                f"there are no credentials for {location.store}", hint=_CREDENTIALS
            )
        return _client(session, location, attempts=attempts, read_timeout=read_timeout)
    except (BotoCoreError, ValueError) as error:  # a file of boto3's own chain, or a region
        raise CloudStartError(f"boto3 refuses its settings: {error}", hint=_CREDENTIALS) from None


def is_gone(error: ClientError) -> bool:
    """Whether the store says that there is no such thing."""
    return _code(error) in _GONE


@contextmanager
def failures_as(kind: type[HathoraError], location: S3Location) -> Iterator[None]:
    """What goes wrong with the store, as an error with a hint."""
    try:
        yield
    except (ClientError, BotoCoreError, Boto3Error) as error:
        message, hint = _explain(error, location)
        raise kind(message, hint=hint) from None


def _client(
    session: boto3.Session, location: S3Location, *, attempts: int, read_timeout: float
) -> S3Client:
    return session.client(
        "s3",
        endpoint_url=location.endpoint,
        region_name=location.region or session.region_name or "us-east-1",
        config=Config(
            signature_version="s3v4",
            # Virtual hosts need DNS that few stores but AWS have; with it, URLs name the region.
            s3={"addressing_style": "path" if location.endpoint else "virtual"},
            # Whoever puts a part sends no checksum of boto3's, and some stores know none.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=5,
            read_timeout=read_timeout,
        ),
    )


def try_uploads(client: S3Client, location: S3Location) -> None:
    """Do what every upload does. Some stores open one in a bucket that is not there: asked first."""
    region = client.meta.region_name
    here = client.head_bucket(Bucket=location.bucket).get("BucketRegion")
    if location.endpoint is None and here not in (None, "", region):
        raise CloudStartError(
            f"bucket {location.bucket} is in region {here}, not in {region}",
            hint=f"add it to the URL: s3://{location.bucket}?region={here}",
        )
    key = f"{location.prefix}.trial"
    upload = client.create_multipart_upload(Bucket=location.bucket, Key=key)
    client.abort_multipart_upload(Bucket=location.bucket, Key=key, UploadId=upload["UploadId"])
    client.list_multipart_uploads(Bucket=location.bucket, Prefix=key)


def _explain(error: Exception, location: S3Location) -> tuple[str, str]:
    """The message and the hint of a failure. Nothing is quoted that may hold a signature."""
    if isinstance(error, ClientError):
        code = _code(error)
        if code == "NoSuchBucket" or (code == "404" and error.operation_name == "HeadBucket"):
            return (
                f"there is no bucket {location.bucket} at {location.store}",
                "make it, or see the URL of the artifacts",
            )
        if code in _NO_ENTRY:
            return (
                f"{location.store} refuses the credentials for bucket {location.bucket}: {code}",
                _PERMISSIONS,
            )
        return (
            f"{location.store} refuses {error.operation_name} in bucket {location.bucket}: {code}",
            "see that it speaks S3, and what its own log says",
        )
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return f"there are no credentials for {location.store}", _CREDENTIALS
    if isinstance(error, BotocoreConnectionError | HTTPClientError | RetriesExceededError):
        return (
            f"{location.store} cannot be reached: {type(error).__name__}",
            "see that it runs, and that the URL of the artifacts is right; then try again",
        )
    return (
        f"{location.store} cannot be used: {type(error).__name__}",
        "see the credentials and the URL of the artifacts",
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
