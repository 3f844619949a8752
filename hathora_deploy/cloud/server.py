"""Serves a cloud in the foreground, until it is asked to stop."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import uvicorn

from hathora_deploy.cloud import address, connections, private
from hathora_deploy.cloud.address import Address
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.errors import CloudStartError, UnusableFolder
from hathora_deploy.cloud.setting_options import described
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.errors import HathoraError

_BACKLOG: Final = 256
_LOCK_SECONDS: Final = 1.0
_KEEP_ALIVE: Final = 75
"""Seconds a connection may rest. Clients use theirs again until they find them closed, and a call that
is sent just then is lost: the fewer are closed by the cloud, the better."""


def serve(settings: CloudSettings) -> None:
    """Serve until SIGTERM or SIGINT, then stop every process and return.

    Raises CloudStartError when a cloud runs on this folder already, or the port is taken.
    """
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    for chatty in ("uvicorn", "uvicorn.error", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)
    # What the cloud and its processes write is the owner's alone.
    os.umask(0o077)
    connections.raise_limit()
    with _only_one(settings), _listener(settings) as listener:
        settings.address_file.unlink(missing_ok=True)  # of one that was killed
        cloud = Cloud.open(settings)
        host, port = listener.getsockname()[:2]
        here = Address(
            endpoint=f"http://{_in_url(host)}:{port}",
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            runtime=cloud.runtime.name,
            chosen=described(settings),
        )
        server = _Server(cloud, here)
        # uvicorn repeats the signal that stopped it; by then there is nothing left to do.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        try:
            server.run(sockets=[listener])
        finally:
            settings.address_file.unlink(missing_ok=True)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """Whoever does not read until the cloud ends is cut off, which is no failure."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, asyncio.CancelledError)


class _Server(uvicorn.Server):
    """Announces itself when it answers, and ends what it runs before it stops answering."""

    def __init__(self, cloud: Cloud, here: Address) -> None:
        http, websocket = connections.protocols(cloud.settings.connections_per_address)
        super().__init__(
            uvicorn.Config(
                create_app(cloud),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                http=http,
                ws=websocket,
                timeout_graceful_shutdown=3,
                timeout_keep_alive=_KEEP_ALIVE,
            )
        )
        self._cloud = cloud
        self._here = here

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await asyncio.to_thread(self._cloud.start)
            await super().startup(sockets)
            address.write(self._cloud.settings, self._here)
        except (OSError, HathoraError) as error:
            # Its threads would keep a program alive that nobody can find.
            await asyncio.to_thread(self._cloud.close)
            reason = error.message if isinstance(error, HathoraError) else error.strerror
            raise UnusableFolder(self._cloud.settings.data_dir, reason) from error
        logging.info("serving on %s, runtime %s", self._here.endpoint, self._here.runtime)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Processes end first: whoever follows their logs reads the last line.
        logging.info("stopping builds and processes")
        await asyncio.to_thread(self._cloud.close)
        await super().shutdown(sockets)
        logging.info("stopped")


@contextmanager
def _only_one(settings: CloudSettings) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it however this program ends."""
    try:
        private.make_folder(settings.data_dir)
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


@contextmanager
def _listener(settings: CloudSettings) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(settings.listen, settings.port)[0][0]
        # The protocol is named: asyncio turns off Nagle's algorithm only on sockets that name it,
        # and answers would wait 40 ms for an acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.listen, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CloudStartError(
                f"port {settings.port} of {settings.listen} is in use by another program",
                hint="choose another: hathora-deploy cloud start --port 7351",
            ) from None
        raise CloudStartError(
            f"cannot listen on {settings.listen}:{settings.port}: {error.strerror}"
        ) from None
    with listener:
        yield listener


def _in_url(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared with, not listened on
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
