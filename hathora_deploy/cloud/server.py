"""Serves a cloud in the foreground, until it is asked to stop."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import signal
import socket
import sys
import time
from asyncio.sslproto import SSLProtocol
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from hathora_deploy import __version__, private_files
from hathora_deploy.cloud import address, connections
from hathora_deploy.cloud.address import Address
from hathora_deploy.cloud.app import create_app, create_ping_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.errors import CloudStartError, UnusableFolder
from hathora_deploy.cloud.gates import Gate, Gates, open_gates
from hathora_deploy.cloud.log_bound import FewOfEach
from hathora_deploy.cloud.setting_options import described
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.udp_echo import UdpEcho
from hathora_deploy.errors import HathoraError

_LOCK_SECONDS: Final = 1.0
_KEEP_ALIVE: Final = 75
"""Seconds a connection may rest. Clients use theirs again until they find them closed, and a call that
is sent just then is lost: the fewer are closed by the cloud, the better."""

_HANDSHAKE: Final = 10.0
"""Seconds for a caller to begin TLS."""
_TLS_BUFFER: Final = 32 * 1024
"""Bytes that asyncio sets aside for each encrypted connection; its own 256 KiB are much for a thousand."""
_LONGEST_PING: Final = 64 * 1024


def serve(settings: CloudSettings) -> None:
    """Serve until SIGTERM or SIGINT, then stop every process and return; on ``address.LEAVE``, let them run on.

    Raises CloudStartError when a cloud runs on this folder already, or the port is taken.
    """
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(FewOfEach())  # of loggers it would not see what comes from those below
    for chatty in ("uvicorn", "uvicorn.error", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # It warns of pools that are full; what fails is told by whoever called.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)
    # What the cloud and its processes write is the owner's alone.
    os.umask(0o077)
    connections.raise_limit()
    SSLProtocol.max_size = _TLS_BUFFER
    with _only_one(settings), open_gates(settings) as gates:
        settings.address_file.unlink(missing_ok=True)  # of one that was killed
        cloud = Cloud.open(replace(settings, port=gates.port))
        _begin_log(settings)
        here = Address(
            endpoint=gates.endpoint,
            public_endpoint=gates.public_endpoint,
            fingerprint=gates.certificate.fingerprint if gates.certificate else None,
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            runtime=cloud.runtime.name,
            chosen=described(settings),
            version=__version__,
        )
        server = _Server(cloud, here, gates)
        # uvicorn repeats the signal that stopped it; by then there is nothing left to do.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        signal.signal(address.LEAVE, lambda *_: server.leave())
        try:
            # The others follow once this one answers.
            server.run(sockets=[gates.api[-1].listener])
        finally:
            settings.address_file.unlink(missing_ok=True)


def _begin_log(settings: CloudSettings) -> None:
    """In the background: what the program before this one said tells why it has ended, and is kept."""
    with suppress(OSError):  # of a full disk: it goes on where it was
        if os.path.samestat(os.fstat(sys.stderr.fileno()), settings.log_file.stat()):
            shutil.copyfile(settings.log_file, settings.earlier_log_file)
            os.truncate(settings.log_file, 0)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """Whoever does not read until the cloud ends is cut off, which is no failure."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, asyncio.CancelledError)


class _Server(uvicorn.Server):
    """Announces itself when it answers, and ends what it runs before it stops answering."""

    def __init__(self, cloud: Cloud, here: Address, gates: Gates) -> None:
        http, websocket = connections.protocols(cloud.settings.connections_per_address)
        self._protocols = {"http": http, "ws": websocket}
        super().__init__(_config(create_app(cloud), **self._protocols))
        self._cloud = cloud
        self._here = here
        self._gates = gates
        self._echoes: list[asyncio.DatagramTransport] = []
        self._leaves_processes = False

    def leave(self) -> None:
        """End soon, and leave the processes to the next cloud of the folder."""
        self._leaves_processes = self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await asyncio.to_thread(self._cloud.start)
            await super().startup(sockets)
            for gate in self._gates.api[:-1]:
                await self._listen(self.config, gate)
            pings = _config(create_ping_app(), **self._protocols)
            for gate in self._gates.pings:
                await self._listen(pings, gate)
            await self._echo()
            address.write(self._cloud.settings, self._here)
        except (OSError, HathoraError) as error:
            # Its threads would keep a program alive that nobody can find. What an earlier cloud has
            # left is played on: nobody asked for its end.
            await asyncio.to_thread(self._cloud.close, leaves_processes=True)
            reason = error.message if isinstance(error, HathoraError) else error.strerror
            raise UnusableFolder(self._cloud.settings.data_dir, reason) from error
        logging.info("serving on %s, runtime %s", self._here.endpoint, self._here.runtime)
        if self._here.public_endpoint is not None:
            logging.info("serving others on %s", self._here.public_endpoint)
            logging.info("with a certificate whose SHA-256 is %s", self._here.fingerprint)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Processes end first: whoever follows their logs reads the last line.
        stopping = "builds" if self._leaves_processes else "builds and processes"
        logging.info("stopping %s", stopping)
        await asyncio.to_thread(self._cloud.close, leaves_processes=self._leaves_processes)
        for echo in self._echoes:
            echo.close()
        await super().shutdown(sockets)
        logging.info("stopped")

    async def _listen(self, config: uvicorn.Config, gate: Gate) -> None:
        """As uvicorn does, at one more place; it is closed with the others."""
        if not config.loaded:
            config.load()

        def protocol() -> asyncio.Protocol:
            made: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg]  # of a kind that uvicorn chooses
                config=config, server_state=self.server_state, app_state={}
            )
            return made

        self.servers.append(
            await asyncio.get_running_loop().create_server(
                protocol,
                sock=gate.listener,
                ssl=gate.context,
                ssl_handshake_timeout=_HANDSHAKE if gate.context else None,
                backlog=config.backlog,
            )
        )

    async def _echo(self) -> None:
        loop = asyncio.get_running_loop()
        for receiver in self._gates.udp_pings:
            echo, _ = await loop.create_datagram_endpoint(UdpEcho, sock=receiver)
            self._echoes.append(echo)


def _config(app: ASGIApp, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Whose word is taken is the cloud's own matter.
        proxy_headers=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=_KEEP_ALIVE,
        ws_max_size=_LONGEST_PING,
        # A few bytes that unpack to many cost their sender nothing.
        ws_per_message_deflate=False,
        **more,
    )


@contextmanager
def _only_one(settings: CloudSettings) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it however this program ends."""
    try:
        private_files.make_folder(settings.data_dir)
        descriptor = os.open(settings.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UnusableFolder(settings.data_dir, error.strerror) from None
    with os.fdopen(descriptor):
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                # Whoever looks for a running cloud holds the lock for a moment.
                if time.monotonic() > deadline:
                    raise CloudStartError(
                        f"a cloud runs on {settings.data_dir} already",
                        hint="see it with: hathora-deploy cloud status",
                    ) from None
                time.sleep(0.02)
        yield
