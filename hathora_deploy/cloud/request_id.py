"""Every answer bears an ``X-Request-Id``: the caller's own, or a new one. The cloud's log names it."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADER: Final = "X-Request-Id"
_KEY: Final = "hathora.request_id"
# It is written to a log: what could break a line or fill a disk is not taken.
_SANE: Final = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)


class RequestId:
    """Gives each request its id, and tells it in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(_HEADER, "")
        request_id = given if _SANE.fullmatch(given) else str(uuid.uuid4())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[_HEADER] = request_id
            await send(message)

        await self._app({**scope, _KEY: request_id}, receive, send_with_id)


def request_id_of(scope: Scope) -> str:
    """The id that RequestId gave."""
    request_id: Any = scope[_KEY]
    return str(request_id)
