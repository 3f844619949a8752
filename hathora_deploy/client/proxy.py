"""What a proxy did to a call that should have passed through it, in words."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from hathora_deploy.client.causes import described
from hathora_deploy.client.errors import ConnectionError, InvalidRequestError

_REFUSAL: Final = re.compile(r"(?:^|failed: )([1-5]\d\d)\b")
"""The libraries tell a proxy's status in a text alone: ``Tunnel connection failed: 407 …``, ``407 …``."""
_NO_ACCESS: Final = "407"


def proxy_failure(causes: list[BaseException], where: str, *, was_sent: bool) -> ConnectionError:
    """The error of a proxy that lets nothing pass. It is not named: its URL may hold a password."""
    variable, way_around = _names(where)
    status = next((found[1] for found in map(_REFUSAL.search, map(str, causes)) if found), None)
    which = f"answered HTTP {status}" if status else described(causes)
    hint = f"check {variable}, or go around it: {way_around}"
    if status == _NO_ACCESS:
        hint = f"it wants a name and a password: {variable}=http://NAME:PASSWORD@HOST:PORT"
    message = f"{where} cannot be reached through the proxy, which {which}"
    return ConnectionError(message, hint=hint, was_sent=was_sent)


def unusable_proxy(why: str, where: str) -> InvalidRequestError:
    """The error of a proxy that cannot even be asked."""
    variable, way_around = _names(where)
    hint = f"change {variable} (or ALL_PROXY), or go around it: {way_around}"
    return InvalidRequestError(f"{where} cannot be asked: {why}", hint=hint)


def unusable_environment(why: str) -> InvalidRequestError:
    """The error where it is not known which call would have asked the proxy."""
    return InvalidRequestError(
        f"the proxies of the environment cannot be used: {why}",
        hint="change or unset HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
    )


def _names(where: str) -> tuple[str, str]:
    """The variable that usually names the proxy, and what goes around it."""
    parts = urlsplit(where)
    return f"{parts.scheme.upper()}_PROXY", f"NO_PROXY={parts.hostname}"
