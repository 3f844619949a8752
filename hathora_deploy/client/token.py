"""The header that says who calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hathora_deploy.client.errors import TokenError
from hathora_deploy.secret import Secret

Token = Secret | str | None
TokenSource = Token | Callable[[], Token] | Callable[[], Awaitable[Token]]
"""A token, or a function that is asked for it before each attempt; that of an async client may be
async."""


def concealed(answer: Any) -> Any:
    """The answer; if it is text, as a Secret."""
    return Secret(answer) if isinstance(answer, str) else answer


def authorization(token: object) -> dict[str, str]:
    """The header for a token; none for no token. One that says "bearer" already is sent as it is."""
    if not isinstance(token, Secret | str | None):
        kind = type(token).__name__
        raise TokenError(f"a token is a str, a Secret or None, and the one given is a {kind}")
    if not _is_sendable(token):
        # The HTTP library would refuse it too, and show it.
        raise TokenError("the token holds characters that no token has")
    text = _text(token)
    if not text:
        return {}
    return {"Authorization": text if text.lower().startswith("bearer ") else f"Bearer {text}"}


def _is_sendable(token: Token) -> bool:
    text = _text(token)
    return text.isascii() and text.isprintable()


def _text(token: Token) -> str:
    """Without the line end of the file that it may come from."""
    return (token.reveal() if isinstance(token, Secret) else token or "").strip()
