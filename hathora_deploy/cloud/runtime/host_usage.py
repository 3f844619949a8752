"""What programs of this machine use, added up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from contextlib import suppress

import psutil

from hathora_deploy.cloud.runtime.cgroup import Cgroup, Usage
from hathora_deploy.cloud.runtime.port import Measurement


def measure(
    programs: Callable[[], Iterable[psutil.Process]],
    tcp_ports: Set[int],
    cgroup: Cgroup | None = None,
) -> Measurement:
    """Of all of them together, as their cgroup counts it if they have one. What they send, nobody can tell.

    ``programs`` are looked for only where the cgroup does not tell all.
    """
    usage = cgroup.usage() if cgroup is not None else None
    usage = usage or _counted(programs())
    connections = _connections(programs(), tcp_ports) if tcp_ports else None
    return Measurement(
        cpu_seconds=usage.cpu_seconds, memory=usage.memory, active_connections=connections
    )


def _counted(programs: Iterable[psutil.Process]) -> Usage:
    """Memory that they share counts for each."""
    cpu_seconds, memory = 0.0, 0
    for program in programs:
        with suppress(psutil.Error), program.oneshot():
            times = program.cpu_times()
            memory += program.memory_info().rss
            # Those that have ended count for the one that has waited for them.
            cpu_seconds += sum((times.user, times.system))
            cpu_seconds += times.children_user + times.children_system
    return Usage(cpu_seconds, memory)


def _connections(programs: Iterable[psutil.Process], ports: Set[int]) -> int:
    # A program and its fork may hold the same connection.
    found: set[tuple[object, object]] = set()
    for program in programs:
        with suppress(psutil.Error):
            found |= {
                (connection.laddr, connection.raddr)
                for connection in program.net_connections("tcp")
                if connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port in ports
            }
    return len(found)
