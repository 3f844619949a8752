"""Chooses the home of archives."""

from __future__ import annotations

from pathlib import Path

from hathora_deploy.cloud.artifacts.directory import DirectoryArtifacts
from hathora_deploy.cloud.artifacts.location import parse_location
from hathora_deploy.cloud.artifacts.port import Artifacts
from hathora_deploy.cloud.errors import CloudStartError


def choose(url: str | None, *, archives: Path, downloads: Path, signing_key: bytes) -> Artifacts:
    """The bucket of an ``s3://`` URL, or else the directory. Raises CloudStartError."""
    if url is None:
        return DirectoryArtifacts(archives, signing_key)
    location = parse_location(url)
    try:
        from hathora_deploy.cloud.artifacts.s3 import S3Artifacts
    except ImportError as error:
        raise CloudStartError(
            f"artifacts in S3 need boto3, which cannot be imported: {error}",
            hint="pip install 'hathora-deploy[s3]'",
        ) from None
    return S3Artifacts.open(location, downloads=downloads)
