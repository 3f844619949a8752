"""HTTP connections that another thread can cut, and that take no cut for the end of an answer."""

from __future__ import annotations

import http.client
import io
import socket
from contextlib import suppress
from typing import Any, Final

from hathora_deploy.client.session import KeepaliveAdapter

_LONGEST_LINE: Final = 65536
"""Bytes: http.client complains of longer ones itself."""


class CuttableAdapter(KeepaliveAdapter):
    """Remembers its connection: a thread that waits for a socket wakes up only when that is shut down."""

    _connection: http.client.HTTPConnection | None = None

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        kind = type(pool).ConnectionCls

        def connection(**kwargs: Any) -> http.client.HTTPConnection:
            opened: http.client.HTTPConnection = kind(**kwargs)
            opened.response_class = _WholeResponse
            self._connection = opened
            return opened

        pool.ConnectionCls = connection
        return pool

    def cut(self) -> None:
        """End what is sent or waited for on the connection."""
        opened = self._connection.sock if self._connection is not None else None
        if opened is not None:
            with suppress(OSError):  # it is closed already
                # Not that of TLS, which takes away what the other thread is using.
                socket.socket.shutdown(opened, socket.SHUT_RDWR)


class _WholeResponse(http.client.HTTPResponse):
    """For http.client, headers end where the connection does: a cut would look like an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp = _WholeLines(self.fp.detach())


class _WholeLines(io.BufferedReader):
    _has_begun = False

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if not line.endswith(b"\n") and len(line) <= _LONGEST_LINE and (line or self._has_begun):
            raise http.client.IncompleteRead(line)
        self._has_begun = True
        return line
