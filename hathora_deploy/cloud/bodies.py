"""Ends requests whose body never comes: a sender that drips would hold its connection for ever. And those
that say in two ways how long it is."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hathora_deploy.api.errors import RequestTimeout

PIECE_SECONDS: Final = 30.0
"""How long the next piece of a body may take."""
SLOWEST: Final = 4096
"""Bytes per second, from the second minute on."""
_FIRST: Final = 60.0


class BodyDeadline:
    """Raises RequestTimeout in whoever waits for a body that does not come, or comes too slowly.

    What counts is the time that was waited: to be slow with what has come is no fault of the sender.
    """

    def __init__(self, app: ASGIApp, *, piece_seconds: float = PIECE_SECONDS) -> None:
        self._app = app
        self._piece_seconds = piece_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if "transfer-encoding" in headers and "content-length" in headers:
                # Where it ends, a proxy before the cloud may see differently: what follows could be anybody's.
                message = "the request has both a Content-Length and a Transfer-Encoding"
                refusal = JSONResponse({"message": message}, 400, {"Connection": "close"})
                await refusal(scope, receive, send)
                return
            receive = _Watched(receive, self._piece_seconds).receive
        await self._app(scope, receive, send)


class _Watched:
    def __init__(self, receive: Receive, piece_seconds: float) -> None:
        self._receive = receive
        self._piece_seconds = piece_seconds
        self._waited = 0.0
        self._received = 0
        self._is_whole = False

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()  # waits until the client goes
        began = asyncio.get_running_loop().time()
        allowed = _FIRST + self._received / SLOWEST - self._waited
        try:
            async with asyncio.timeout(max(0.0, min(self._piece_seconds, allowed))):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout(
                f"the body of the request stopped coming after {self._received} bytes"
            ) from None
        self._waited += asyncio.get_running_loop().time() - began
        self._received += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        return message
