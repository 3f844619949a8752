"""Echoes pings over UDP, as game engines send them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, cast

from hathora_deploy.cloud.rates import Rate

LONGEST: Final = 512
"""Bytes of a ping. An echo is as long as the ping, so nobody is sent more than somebody sent."""
PER_SECOND: Final = 20
"""Pings of one address, over time; and as many again at once."""
_RATE: Final = Rate(PER_SECOND, PER_SECOND)
_MOST_CALLERS: Final = 4096
_PRIVILEGED: Final = 1024


class UdpEcho(asyncio.DatagramProtocol):
    """Sends back each ping as it came.

    The sender of a datagram may be made up. So that nobody is flooded through here, each address gets
    so many echoes, and no service that would answer an echo, nor another cloud's, gets one at all.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._full_at: dict[str, float] = {}
        """By address: what Rate.take works on."""

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
        if host not in self._full_at and len(self._full_at) >= _MOST_CALLERS:
            # Whoever has its whole allowance again is like one that never sent anything.
            self._full_at = {each: then for each, then in self._full_at.items() if then > now}
            if len(self._full_at) >= _MOST_CALLERS:
                return False
        self._full_at[host], early = _RATE.take(self._full_at.get(host, 0.0), now)
        return not early
