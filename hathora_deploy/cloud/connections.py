"""Bounds what a connection may cost before it has asked for anything.

One that sends no whole head of a request in time is closed, and an address that has too many is
told so. uvicorn does neither.
"""

from __future__ import annotations

import asyncio
import json
import resource
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hathora_deploy.cloud.front_door import network_of
from hathora_deploy.cloud.open_connections import OpenConnections

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as HttpProtocol
else:
    HttpProtocol = AutoHTTPProtocol  # the faster parser, where it is installed

HEAD_SECONDS: Final = 30.0
"""How long a connection may take for the head of its first request, and of each that it has begun."""
LONGEST_HEAD: Final = 64 * 1024
"""Bytes."""
MOST_PINGS: Final = 1000
"""That wait for their echo on one connection: uvicorn takes in all that comes at once, however small."""
_OPEN_FILES: Final = 65536
"""Not all that some systems allow: programs that close every number there might be take minutes then."""


def protocols(
    most: int, *, head_seconds: float = HEAD_SECONDS
) -> tuple[type[asyncio.Protocol], type[asyncio.Protocol]]:
    """What uvicorn serves HTTP with, and WebSockets: connections of both are counted together."""
    connections = OpenConnections(most)

    class BoundedHttp(_BoundedHttp):
        _open = connections
        _head_seconds = head_seconds

    class CountedWebSocket(_CountedWebSocket):
        _open = connections

    return BoundedHttp, CountedWebSocket


def raise_limit() -> None:
    """Let this program have as many connections and files open as it may: systems begin with 1024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    with suppress(ValueError, OSError):  # macOS has a limit below the limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, most))


class _BoundedHttp(HttpProtocol):
    _open: OpenConnections
    _head_seconds: float
    _address: str | None = None
    _is_refused = False
    _deadline: asyncio.TimerHandle | None = None
    _head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._address = _peer(transport)
        self._is_refused = not self._open.add(self._address)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            self.transport.write(_REFUSAL)
            self.transport.close()
            return
        before = self.cycle
        if self._deadline is None and (before is None or before.response_complete):
            self._expect_head()
        super().data_received(data)
        if self.cycle is not before:
            self._forget_head()
        elif self._deadline is not None:
            self._head_size += len(data)
            if self._head_size > LONGEST_HEAD:
                self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Of a body that cannot be read uvicorn says so in the middle of an answer, too, or before it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            if self.cycle.response_started:
                self.transport.abort()
                return
        super().send_400_response(msg)

    def handle_websocket_upgrade(self, *args: Any) -> None:
        super().handle_websocket_upgrade(*args)
        self._leave()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_size = 0
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._head_seconds, self.transport.abort)

    def _forget_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _leave(self) -> None:
        self._forget_head()
        if self._address is not None:
            self._open.remove(self._address)
            self._address = None


class _CountedWebSocket(WebSocketsSansIOProtocol):
    """It was let in as HTTP: it counts, and is not refused."""

    _open: OpenConnections
    _address: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._address = _peer(transport)
        self._open.add(self._address)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.queue.qsize() > MOST_PINGS:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._address is not None:
            self._open.remove(self._address)
            self._address = None
        super().connection_lost(exc)


def _peer(transport: asyncio.BaseTransport) -> str:
    name = transport.get_extra_info("peername")
    return network_of(str(name[0])) if isinstance(name, tuple) else ""


def _refusal() -> bytes:
    body = json.dumps({"message": "this address has too many connections open: close some first"})
    head = (
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


_REFUSAL: Final = _refusal()
