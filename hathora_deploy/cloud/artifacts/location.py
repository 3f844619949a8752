"""Where a bucket is: ``s3://bucket/prefix?endpoint=https://store.example&region=eu-west-1``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from hathora_deploy.cloud.errors import CloudStartError

_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_EXAMPLE: Final = "write it as s3://bucket/prefix?endpoint=https://store.example&region=eu-west-1"
_OWN_CHAIN: Final = (
    "leave them out of the URL: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,"
    " or keep them in ~/.aws/credentials"
)


@dataclass(frozen=True)
class S3Location:
    """A place in a bucket. Without an endpoint, the store is AWS."""

    bucket: str
    prefix: str
    """What every key begins with: empty, or with a slash at its end."""
    endpoint: str | None = None
    region: str | None = None

    @property
    def store(self) -> str:
        """How the store is named in errors."""
        return self.endpoint or "AWS S3"


def parse_location(text: str) -> S3Location:
    """Raises CloudStartError, which shows nothing of the text: a secret may be in it."""
    url = _split(text)
    if url.scheme != "s3":
        raise CloudStartError("the URL of the artifacts does not begin with s3://", hint=_EXAMPLE)
    if "@" in url.netloc:
        raise CloudStartError("the URL of the artifacts has credentials in it", hint=_OWN_CHAIN)
    if not _BUCKET.fullmatch(url.netloc):
        raise CloudStartError("the URL of the artifacts names no bucket", hint=_EXAMPLE)
    options = _options(url)
    prefix = unquote(url.path).strip("/")
    return S3Location(
        bucket=url.netloc,
        prefix=f"{prefix}/" if prefix else "",
        endpoint=_checked_endpoint(options["endpoint"]) if "endpoint" in options else None,
        region=options.get("region"),
    )


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise CloudStartError("the URL of the artifacts is no URL", hint=_EXAMPLE) from None


def _options(url: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(url.query))
    unknown = sorted(options.keys() - {"endpoint", "region"})
    if unknown or url.fragment:
        name = unknown[0] if unknown else "#"
        raise CloudStartError(
            f"the URL of the artifacts has {name!r} in it: it takes endpoint and region only",
            hint=f"if that is a credential, {_OWN_CHAIN}",
        )
    return options


def _checked_endpoint(text: str) -> str:
    url = _split(text)
    if "@" in url.netloc:
        raise CloudStartError(
            "the endpoint of the artifacts has credentials in it", hint=_OWN_CHAIN
        )
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise CloudStartError("the endpoint of the artifacts is no http(s) URL", hint=_EXAMPLE)
    return text.rstrip("/")
