"""Login by Google: its ID tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import jwt

from hathora_deploy.api.errors import Unauthorized
from hathora_deploy.cloud.google_keys import GoogleKeys
from hathora_deploy.secret import Secret

_ALGORITHM: Final = "RS256"
_ISSUERS: Final = ("https://accounts.google.com", "accounts.google.com")
_CLOCKS_DIFFER: Final = 10
"""Seconds that Google's clock may be ahead or behind."""


@dataclass(frozen=True)
class GoogleAccount:
    """Who an ID token speaks for. An email that Google has not verified is left out."""

    subject: str
    email: str | None
    name: str | None


def verify(token: Secret, *, client_id: str, keys: GoogleKeys) -> GoogleAccount:
    """The account of an ID token that Google gave to this OAuth client. Raises Unauthorized."""
    try:
        header = jwt.get_unverified_header(token.reveal())
        key_id = header.get("kid")
        # Before any key is looked for: a token that names another algorithm is never Google's.
        if header.get("alg") != _ALGORITHM or not isinstance(key_id, str):
            raise _refused()
        key = keys.find(key_id)
        if key is None:
            raise _refused()
        claims = jwt.decode(
            token.reveal(),
            key.key,
            algorithms=[_ALGORITHM],
            audience=client_id,
            leeway=_CLOCKS_DIFFER,
            options={"require": ["iss", "aud", "sub", "exp", "iat"]},
        )
    except (jwt.PyJWTError, RecursionError):  # the last: brackets in brackets
        raise _refused() from None
    subject, email, name = (_text(claims, claim) for claim in ("sub", "email", "name"))
    if claims["iss"] not in _ISSUERS or subject is None:
        raise _refused()
    return GoogleAccount(subject, email if claims.get("email_verified") is True else None, name)


def _text(claims: dict[str, Any], claim: str) -> str | None:
    value = claims.get(claim)
    return value if isinstance(value, str) and value else None


def _refused() -> Unauthorized:
    return Unauthorized("the Google ID token is not one for this app, or it is not valid any more")
