"""Carries what a player says to a game server, and what it answers."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from hathora_deploy.cloud.tls.stream import PIECE, TlsStream

HANDSHAKE_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 10.0
_SILENT_SECONDS: Final = 600.0
"""How long one direction may stay open in silence after the other has ended."""
_LOOPBACKS: Final = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


async def relay(player: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """Until both directions have ended; each ends by itself. Takes care of the player's socket.

    ``port`` is the game server's own, on this machine.
    """
    with player:
        player.setblocking(False)
        _keep_alive(player)
        stream = TlsStream(player, context)
        with suppress(OSError):  # TimeoutError and ssl.SSLError are of that kind
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await stream.handshake()
            async with asyncio.timeout(_CONNECT_SECONDS):
                game = await _connect(port)
            with game:
                await _Relay(stream, game).run()


class _Relay:
    def __init__(self, player: TlsStream, game: socket.socket) -> None:
        self._player = player
        self._game = game
        self._loop = asyncio.get_running_loop()
        self._pieces = 0

    async def run(self) -> None:
        directions = {
            asyncio.create_task(
                self._carry(self._player.read, self._write_to_game, self._end_to_game)
            ),
            asyncio.create_task(
                self._carry(self._read_of_game, self._player.write, self._player.write_end)
            ),
        }
        try:
            _, left = await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
            before = -1
            while left and before != self._pieces:
                before = self._pieces
                _, left = await asyncio.wait(left, timeout=_SILENT_SECONDS)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)

    async def _carry(
        self,
        read: Callable[[], Awaitable[bytes]],
        write: Callable[[bytes], Awaitable[None]],
        end: Callable[[], Awaitable[None]],
    ) -> None:
        """One direction. Where it breaks it ends, and the other goes on with what is under way there."""
        with suppress(OSError):
            while piece := await read():
                self._pieces += 1
                await write(piece)
        with suppress(OSError):
            await end()

    async def _read_of_game(self) -> bytes:
        return await self._loop.sock_recv(self._game, PIECE)

    async def _write_to_game(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._game, data)

    async def _end_to_game(self) -> None:
        self._game.shutdown(socket.SHUT_WR)


async def _connect(port: int) -> socket.socket:
    """Raises OSError where no game server listens."""
    refusal: OSError | None = None
    for family, address in _LOOPBACKS:
        game = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            game.setblocking(False)
            game.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(game, (address, port))
            return game
        except OSError as error:
            game.close()
            refusal = refusal or error
        except BaseException:
            game.close()
            raise
    assert refusal is not None
    raise refusal


def _keep_alive(player: socket.socket) -> None:
    """Notice players whose machine has gone."""
    player.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    player.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):  # macOS names the first another way, and has a default
            player.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
