"""Ports that were chosen and that nobody listens on yet: other clouds of this machine leave them alone."""

from __future__ import annotations

import errno
import math
import os
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Final

from hathora_deploy.api.network import TransportType
from hathora_deploy.cloud.ports import is_free

SECONDS: Final = 30.0
"""A game server listens by then; one that does not, and finds its port taken, is started on another."""


class PortClaims:
    """The claims of one cloud. They end with it, however it ends.

    A claim is the name of a socket: names without a file belong to a network, as ports do. Where
    the system has none (Linux has), clouds that choose at the same moment may choose the same port.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[tuple[int, str], tuple[float, int]] = {}
        """By port and protocol: until when, and the descriptor of the socket."""
        self.close = weakref.finalize(self, _end, self._held)

    def claim(self, port: int, transport: TransportType, may_linger: bool = False) -> bool:
        """Whether nothing on this machine has the port, and no other cloud is about to give it away."""
        key = (port, "udp" if transport == TransportType.UDP else "tcp")
        with self._lock:
            _end(self._held, self._clock())
            return is_free(port, transport, may_linger) and (key in self._held or self._hold(key))

    def _hold(self, key: tuple[int, str]) -> bool:
        if sys.platform != "linux":
            return True
        port, protocol = key
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            holder.bind(f"\0hathora-deploy/{protocol}/{port}")
        except OSError as error:
            holder.close()
            return error.errno != errno.EADDRINUSE
        self._held[key] = (self._clock() + SECONDS, holder.detach())
        return True


def _end(held: dict[tuple[int, str], tuple[float, int]], now: float = math.inf) -> None:
    """Those whose time is over."""
    for key, (end, descriptor) in list(held.items()):
        if now > end:
            os.close(descriptor)
            del held[key]
