"""Reads the socket tables of Linux: /proc/net/{tcp,tcp6,udp,udp6}."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

TABLES: Final = ("tcp", "tcp6", "udp", "udp6")
_LISTEN: Final = "0A"
_IPV6_LOOPBACK: Final = "00000000000000000000000001000000"


def listening(table: str, text: str) -> Iterator[tuple[str, int]]:
    """Protocol and port of each socket that can be reached from outside, loopback left out."""
    protocol = table.removesuffix("6")
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 4 or ":" not in fields[1]:
            continue  # the heading
        address, _, port = fields[1].rpartition(":")
        is_reachable = address != _IPV6_LOOPBACK and not (len(address) == 8 and address[6:] == "7F")
        if is_reachable and (protocol == "udp" or fields[3] == _LISTEN):
            yield protocol, int(port, 16)
