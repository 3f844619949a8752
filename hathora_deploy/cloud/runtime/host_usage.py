"""What programs of this machine use, added up."""

from __future__ import annotations

from collections.abc import Iterable, Set
from contextlib import suppress

import psutil

from hathora_deploy.cloud.runtime.port import Measurement


def measure(programs: Iterable[psutil.Process], tcp_ports: Set[int]) -> Measurement:
    """Of all of them together. Memory that they share counts for each; what they send, nobody can tell."""
    cpu_seconds, memory = 0.0, 0
    connections: set[tuple[object, object]] = set()
    for program in programs:
        with suppress(psutil.Error):
            with program.oneshot():
                times = program.cpu_times()
                memory += program.memory_info().rss
            # Those that have ended count for the one that has waited for them.
            cpu_seconds += sum((times.user, times.system))
            cpu_seconds += times.children_user + times.children_system
            # A program and its fork may hold the same connection.
            connections |= {
                (connection.laddr, connection.raddr)
                for connection in (program.net_connections("tcp") if tcp_ports else ())
                if connection.status == psutil.CONN_ESTABLISHED
                and connection.laddr.port in tcp_ports
            }
    return Measurement(
        cpu_seconds=cpu_seconds,
        memory=memory,
        active_connections=len(connections) if tcp_ports else None,
    )
