"""The ports of this machine where TLS is ended for game servers."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from hathora_deploy.cloud.errors import PortTaken
from hathora_deploy.cloud.front_door import network_of
from hathora_deploy.cloud.hosts import is_wildcard
from hathora_deploy.cloud.open_connections import OpenConnections
from hathora_deploy.cloud.tls.certificate import Certificate
from hathora_deploy.cloud.tls.relay import relay

_log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")
MOST_CONNECTIONS: Final = 4096
"""Of one port."""
_BACKLOG: Final = 1024
_BREATH: Final = 0.2
"""Seconds until a connection is accepted again where this program has too many files open."""
_LAST_WORDS: Final = 10.0
"""Seconds that connections have to end by themselves after their game server has."""


@dataclass
class _Port:
    listener: socket.socket
    target: int
    """Where the game server listens, on this machine."""
    relays: set[asyncio.Task[None]] = field(default_factory=set)
    acceptor: asyncio.Task[None] | None = None


class TlsPorts:
    """Accepts players' connections and hands each to a relay, all in a thread of its own.

    They end with this program: who is connected has to connect again.
    """

    def __init__(
        self, *, certificate: Callable[[], Certificate], address: str, most_of_one: int
    ) -> None:
        """``certificate`` is asked for when the first port is opened. ``address`` is where players connect;
        of ``most_of_one`` address, to all ports together."""
        self._make_certificate = certificate
        self._certificate: Certificate | None = None
        self._address = address
        self._open = OpenConnections(most_of_one)
        self._lock = threading.Lock()
        self._ports: dict[tuple[str, int], _Port] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def open(self, process_id: str, number: int, target: int) -> None:
        """Listen on a port for a process; one that is open gets the target. Raises PortTaken.

        Raises CloudStartError where the certificate cannot be used.
        """
        with self._lock:
            port = self._ports.get((process_id, number))
            if port is not None:
                port.target = target
                return
            if self._certificate is None:
                self._certificate = self._make_certificate()
            port = _Port(_listen(self._address, number), target)
            self._ports[process_id, number] = port
            self._await(self._begin(port, self._certificate))

    def is_open(self, process_id: str, number: int) -> bool:
        return (process_id, number) in self._ports

    def connections(self, process_id: str) -> int:
        """How many players are connected to a process by TLS."""
        with self._lock:
            return sum(
                len(port.relays) for (of, _), port in self._ports.items() if of == process_id
            )

    def close_of(self, process_id: str) -> None:
        """Let nobody else in. Who is connected gets what the game server has said last."""
        with self._lock:
            for key in [key for key in self._ports if key[0] == process_id]:
                port = self._ports.pop(key)
                self._await(self._end(port))

    def close(self) -> None:
        """Close every port and every connection."""
        with self._lock:
            if self._loop is None or self._thread is None:
                return
            self._ports.clear()
            self._await(_cancel_all())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = self._thread = None

    def _await(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name="tls ports", daemon=True
            )
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _begin(self, port: _Port, certificate: Certificate) -> None:
        port.acceptor = asyncio.create_task(_accept(port, certificate, self._open))

    async def _end(self, port: _Port) -> None:
        assert port.acceptor is not None
        port.acceptor.cancel()
        await asyncio.gather(port.acceptor, return_exceptions=True)
        for each in port.relays:
            asyncio.get_running_loop().call_later(_LAST_WORDS, each.cancel)


async def _accept(port: _Port, certificate: Certificate, open_ones: OpenConnections) -> None:
    loop = asyncio.get_running_loop()
    is_in_trouble = False
    with port.listener:
        while True:
            try:
                player, peer = await loop.sock_accept(port.listener)
            except OSError as error:
                if not is_in_trouble:
                    _log.warning("players' connections are not accepted: %s", error.strerror)
                is_in_trouble = True
                await asyncio.sleep(_BREATH)
                continue
            is_in_trouble = False
            address = network_of(peer[0])
            # Else one player could use up the files that the cloud may open, and nobody would reach its API.
            if not open_ones.add(address) or len(port.relays) >= MOST_CONNECTIONS:
                open_ones.remove(address)
                player.close()
                continue
            task = asyncio.create_task(relay(player, certificate.context, port.target))
            port.relays.add(task)
            task.add_done_callback(partial(_forget, port, open_ones, address))


def _forget(
    port: _Port, open_ones: OpenConnections, address: str, ended: asyncio.Task[None]
) -> None:
    port.relays.discard(ended)
    open_ones.remove(address)


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _listen(address: str, number: int) -> socket.socket:
    is_everywhere = is_wildcard(address) and socket.has_dualstack_ipv6()
    try:
        listener = socket.create_server(
            ("" if is_everywhere else address, number),
            family=socket.AF_INET6 if is_everywhere else socket.AF_INET,
            backlog=_BACKLOG,
            dualstack_ipv6=is_everywhere,
        )
    except OSError:
        raise PortTaken(number, "tls") from None
    listener.setblocking(False)
    return listener
