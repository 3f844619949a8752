"""A real server on a free port of this machine, in a thread, for as long as a test needs it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def served(app: ASGIApp, **settings: Any) -> Iterator[str]:
    """The base URL of ``app`` while it is served; ``settings`` are uvicorn's."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        host, port = listener.getsockname()
        quiet: dict[str, Any] = {"log_level": "error", "lifespan": "off", "ws": "none"}
        config = uvicorn.Config(app, **{**quiet, **settings})
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        listener.listen()
        thread.start()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            thread.join()


def address_of(endpoint: str) -> tuple[str, int]:
    """For a socket."""
    parts = urlsplit(endpoint)
    return str(parts.hostname), int(parts.port or 0)


def rest_of(connection: socket.socket) -> bytes:
    """What comes next; nothing from a connection that has ended, however it did."""
    try:
        return connection.recv(1000)
    except ConnectionResetError:
        return b""
