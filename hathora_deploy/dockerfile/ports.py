"""The ports that EXPOSE names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

_PROTOCOLS: Final[dict[str, Literal["tcp", "udp"]]] = {"tcp": "tcp", "udp": "udp"}
_WORD: Final = re.compile(r"(?P<first>\d{1,5})(-(?P<last>\d{1,5}))?(/(?P<protocol>\w+))?")


@dataclass(frozen=True)
class ExposedPort:
    """A port that the game server says it listens on."""

    port: int
    protocol: Literal["tcp", "udp"]


def exposed_ports(word: str) -> Iterator[ExposedPort]:
    """The ports of one word of EXPOSE: ``7777/udp``, ``8000-8010``. Raises ValueError."""
    match = _WORD.fullmatch(word)
    if match is None:
        raise ValueError(f"{word!r} is no port: write 7777/udp, 8080, or 8000-8010/tcp")
    first, last = int(match["first"]), int(match["last"] or match["first"])
    if not 1 <= first <= last <= 65535:
        raise ValueError(f"{word!r} does not lie between 1 and 65535")
    protocol = (match["protocol"] or "tcp").lower()
    if protocol == "sctp":
        return  # valid for Docker, but no transport of Hathora's
    if protocol not in _PROTOCOLS:
        raise ValueError(f"{word!r}: the protocol is tcp or udp")
    for port in range(first, last + 1):
        yield ExposedPort(port, _PROTOCOLS[protocol])
