"""Upload URLs: whoever holds one may do what it says, until it expires. Nothing else authorises."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from itsdangerous import BadSignature, TimestampSigner

from hathora_deploy.cloud.artifacts.errors import AccessDenied
from hathora_deploy.secret import Secret

COMPLETE = "complete"
"""Last step of the path that completes an upload; a part's is its number."""
WHOLE = "archive"
"""Last step of the path that takes an archive in one piece."""


class UploadUrls:
    """Signs upload URLs and checks them."""

    def __init__(self, signing_key: bytes, lifetime: timedelta) -> None:
        self._signer = TimestampSigner(
            signing_key, salt="hathora-deploy upload url", digest_method=hashlib.sha256
        )
        self._lifetime = lifetime

    def sign(self, base_url: str, key: str, step: str) -> Secret:
        """The URL of a part of an upload, of the whole, or of the completion."""
        path = f"{key}/{step}"
        signature = self._signer.sign(path).decode().removeprefix(f"{path}.")
        return Secret(f"{base_url.rstrip('/')}/uploads/{path}?signature={signature}")

    def check(self, key: str, step: str, signature: str) -> None:
        """Raises AccessDenied when the signature is not for this path, or has expired."""
        try:
            _, signed_at = self._signer.unsign(f"{key}/{step}.{signature}", return_timestamp=True)
        except (BadSignature, UnicodeEncodeError):
            raise AccessDenied("this upload URL is not one that was given out") from None
        # A clock that was set back shows what was signed just before as of the future.
        now = self._signer.timestamp_to_datetime(self._signer.get_timestamp())
        if abs(now - signed_at) > self._lifetime:
            raise AccessDenied("this upload URL has expired: create a new build")
