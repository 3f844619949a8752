"""Reads the socket tables of Linux: /proc/net/{tcp,tcp6,udp,udp6}."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

TABLES: Final = ("tcp", "tcp6", "udp", "udp6")
_ESTABLISHED: Final = "01"
_LISTEN: Final = "0A"
_IPV6_LOOPBACK: Final = "00000000000000000000000001000000"


def listening(table: str, text: str) -> Iterator[tuple[str, int]]:
    """Protocol and port of each socket that can be reached from outside, loopback left out."""
    protocol = table.removesuffix("6")
    for address, port, state in _sockets(text):
        is_reachable = address != _IPV6_LOOPBACK and not (len(address) == 8 and address[6:] == "7F")
        if is_reachable and (protocol == "udp" or state == _LISTEN):
            yield protocol, port


def connected(text: str) -> Iterator[int]:
    """The port of this side, for each connection of a TCP table."""
    return (port for _, port, state in _sockets(text) if state == _ESTABLISHED)


def _sockets(text: str) -> Iterator[tuple[str, int, str]]:
    """Address and port of this side, and the state, of each line below the heading."""
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 4 and ":" in fields[1]:
            address, _, port = fields[1].rpartition(":")
            yield address, int(port, 16), fields[3]
