"""How a connection on which nothing is said is told from one whose other end is gone."""

from __future__ import annotations

import socket


def keepalive_options() -> list[tuple[int, int, int]]:
    """Socket options that find a dead peer within two minutes, where there are such."""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6)):
        if hasattr(socket, name):  # spelled otherwise, or absent, outside Linux
            options.append((socket.IPPROTO_TCP, getattr(socket, name), seconds))
    return options
