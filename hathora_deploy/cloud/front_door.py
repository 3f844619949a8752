"""How much each caller may ask for: calls per second, and streams at once.

A caller is known before anything is looked up: by the digest of what it sends as its token, else by
its address. All of this runs in the event loop, so nothing is locked.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from starlette.requests import Request

from hathora_deploy.api.deprecated.rooms_v1 import GetConnectionInfoDeprecated
from hathora_deploy.api.errors import TooManyRequests
from hathora_deploy.api.operation import Auth, Shape
from hathora_deploy.api.rooms import GetConnectionInfo
from hathora_deploy.cloud.rates import Rate
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.ip_address import address_of

POLLED: Final = frozenset({GetConnectionInfo, GetConnectionInfoDeprecated})
"""Every player that waits for a room asks these once a second, and many share an address."""
_REMEMBERED: Final = 20_000
"""Buckets. One that is forgotten is full again: most of those that nobody used of late are anyway."""
_IPV6_NEIGHBOURS: Final = 64
"""Bits that the addresses of one network share: who has one has them all."""


class FrontDoor:
    """Lets calls in, or refuses them with TooManyRequests, which says when to come again."""

    def __init__(
        self,
        settings: CloudSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        remembered: int = _REMEMBERED,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._remembered = remembered
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()
        """By kind and caller, those that were used last at the end: what Rate.take works on."""
        self._streams: Counter[str] = Counter()

    def admit(self, shape: Shape, request: Request) -> str:
        """Who calls, by a name that is no secret. Raises TooManyRequests."""
        settings, address = self._settings, _address(request)
        if shape.auth is Auth.NONE:
            if shape.operation in POLLED:
                self._take("polls", address, settings.poll_rate, f"connection infos for {address}")
            else:
                self._take("calls", address, settings.anonymous_rate, f"calls from {address}")
            return address
        token = "".join(request.headers.getlist("authorization"))
        if not token:
            return address  # it is about to be refused, and counted there
        caller = hashlib.sha256(token.encode()).hexdigest()
        if shape.auth is Auth.PLAYER:
            self._take("player", caller, settings.player_rate, "calls of this player")
        else:
            self._take("caller", caller, settings.call_rate, "calls with this token")
        return caller

    def note_refusal(self, request: Request) -> None:
        """Whoever tries tokens is counted by address: each token is another caller's. Raises TooManyRequests."""
        address = _address(request)
        what = f"calls without a good token from {address}"
        self._take("refused", address, self._settings.refusal_rate, what)

    @contextmanager
    def stream(self, caller: str) -> Iterator[None]:
        """A stream of a caller, for as long as the block lasts. Raises TooManyRequests."""
        most = self._settings.streams_per_caller
        if self._streams[caller] >= most:
            raise _refusal(f"this caller reads {most} streams already: end one first", 1.0)
        self._streams[caller] += 1
        try:
            yield
        finally:
            self._streams[caller] -= 1
            if not self._streams[caller]:
                del self._streams[caller]

    def _take(self, kind: str, caller: str, rate: Rate, what: str) -> None:
        key = (kind, caller)
        full_at, early = rate.take(self._full_at.pop(key, 0.0), self._clock())
        self._full_at[key] = full_at
        if len(self._full_at) > self._remembered:
            self._full_at.popitem(last=False)
        if early:
            raise _refusal(f"too many {what}: at most {rate.per_second:g} a second", early)


def _refusal(message: str, seconds: float) -> TooManyRequests:
    error = TooManyRequests(message)
    error.headers = {"Retry-After": str(max(1, math.ceil(seconds)))}
    return error


def _address(request: Request) -> str:
    return network_of(request.client.host if request.client is not None else "")


def network_of(host: str) -> str:
    """Whom an address stands for: of IPv6 it is the network."""
    address = address_of(host)
    if address is None:
        return host
    if address.version == 4:
        return str(address)
    return str(ipaddress.IPv6Network((address.packed, _IPV6_NEIGHBOURS), strict=False))
