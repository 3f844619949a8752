"""Echoes pings over UDP, as game engines send them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

LONGEST: Final = 512
"""Bytes of a ping. An echo is as long as the ping, so nobody is sent more than somebody sent."""
PER_SECOND: Final = 20.0
"""Pings of one address, over time; and as many again at once."""
_MOST_CALLERS: Final = 4096
_PRIVILEGED: Final = 1024


@dataclass
class _Allowance:
    left: float
    seen: float


class UdpEcho(asyncio.DatagramProtocol):
    """Sends back each ping as it came.

    The sender of a datagram may be made up. So that nobody is flooded through here, each address gets
    so many echoes, and no service that would answer an echo, nor another cloud's, gets one at all.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._allowances: dict[str, _Allowance] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            asyncio.DatagramTransport, transport
        )  # its class says so from 3.12 on
        self._port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        host, port = address[:2]
        is_service = port < _PRIVILEGED or port == self._port
        if not is_service and len(data) <= LONGEST and self._may_answer(host):
            self._transport.sendto(data, address)

    def error_received(self, error: Exception) -> None:
        """Somebody has closed the port that an echo went to."""

    def _may_answer(self, host: str) -> bool:
        now = self._clock()
        allowance = self._allowances.get(host)
        if allowance is None:
            if len(self._allowances) >= _MOST_CALLERS and not self._forget_rested(now):
                return False
            allowance = self._allowances[host] = _Allowance(PER_SECOND, now)
        elapsed = now - allowance.seen
        allowance.left = min(PER_SECOND, allowance.left + elapsed * PER_SECOND)
        allowance.seen = now
        if allowance.left < 1:
            return False
        allowance.left -= 1
        return True

    def _forget_rested(self, now: float) -> bool:
        """Whether that made place: whoever has sent nothing for a second has its whole allowance again."""
        rested = [host for host, each in self._allowances.items() if now - each.seen >= 1]
        for host in rested:
            del self._allowances[host]
        return bool(rested)
