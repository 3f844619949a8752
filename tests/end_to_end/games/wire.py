"""How a question travels: a datagram there and one back, or some bytes of a connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 1.0
"""A server on this machine that is up answers sooner, or has lost the question."""


@contextmanager
def udp(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that hears this address alone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.connect((host, port))
        connection.settimeout(SECONDS)
        yield connection


@contextmanager
def tcp(host: str, port: int) -> Iterator[socket.socket]:
    with socket.create_connection((host, port), timeout=SECONDS) as connection:
        yield connection


def receive(connection: socket.socket, size: int) -> bytes:
    """Just so many bytes. Raises ConnectionError when they end before."""
    received = b""
    while len(received) < size:
        more = connection.recv(size - len(received))
        if not more:
            raise ConnectionError(f"it hung up after {len(received)} of {size} bytes")
        received += more
    return received
