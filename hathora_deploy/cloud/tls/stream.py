"""The players' side of an encrypted connection, either direction of which may end before the other."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Final

PIECE: Final = 32 * 1024
"""Bytes that are read at once; as many may wait in either direction."""


class TlsStream:
    """What asyncio's own TLS does not do: to write after the other side has ended, and to end before it.

    One task may read while another writes. Nothing is read ahead, so whoever does not read is not
    sent more than the system's own buffers hold.
    """

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._sending = asyncio.Lock()
        self._unread = bytearray()
        self._has_ended = False

    async def handshake(self) -> None:
        """Raises ssl.SSLError for whoever speaks no TLS, ConnectionError for whoever leaves."""
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._receive():
                    raise ConnectionResetError from None
            except ssl.SSLError:
                await self._flush()  # tells the player why
                raise
        await self._flush()

    async def read(self) -> bytes:
        """What has come; nothing at the end."""
        while not self._unread and not self._has_ended:
            self._decrypt()
            if self._outgoing.pending and not self._sending.locked():
                await (
                    self._flush()
                )  # TLS has answered by itself; it would go along with what is sent next
            if not self._unread and not self._has_ended:
                # Some end without a word of TLS: what that means is the game's to say.
                self._has_ended = not await self._receive()
        piece = bytes(self._unread)
        self._unread.clear()
        return piece

    async def write(self, data: bytes) -> None:
        """Returns when all of it is on its way."""
        async with self._sending:
            rest = memoryview(data)
            while rest:
                rest = rest[self._tls.write(rest) :]
            await self._send()

    async def write_end(self) -> None:
        """Say that no more will be written; the other side may go on."""
        async with self._sending:
            self._decrypt()  # what has come already would be taken for a breach
            with suppress(ssl.SSLError):  # it would wait for the same word from the other side
                self._tls.unwrap()
            await self._send()
            self._connection.shutdown(socket.SHUT_WR)

    def _decrypt(self) -> None:
        """All that has come: at most a piece."""
        try:
            while piece := self._tls.read(PIECE):
                self._unread += piece
            self._has_ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self._has_ended = True

    async def _receive(self) -> int:
        data = await self._loop.sock_recv(self._connection, PIECE)
        return self._incoming.write(data)

    async def _flush(self) -> None:
        async with self._sending:
            await self._send()

    async def _send(self) -> None:
        if self._outgoing.pending:
            await self._loop.sock_sendall(self._connection, self._outgoing.read())
