"""Chooses the ports of this machine that lead to a process."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Set
from dataclasses import replace
from itertools import chain
from typing import Final

from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.cloud.errors import ProcessStartFailed
from hathora_deploy.cloud.runtime.port import PortBinding

PLAIN_PORTS: Final = range(20_000, 25_000)
"""Behind TLS, for this machine: below those that systems give to outgoing connections."""
IsFree = Callable[[int, TransportType, bool], bool]
"""Whether a port is free, and whether one that lingers is: see ``is_free``."""


def choose_bindings(
    ports: Iterable[ContainerPort],
    *,
    taken: Set[int],
    candidates: range,
    plain_candidates: range = PLAIN_PORTS,
    prefers_own: bool,
    is_free: IsFree,
) -> tuple[PortBinding, ...]:
    """A free port of this machine for each port; its own number first where the process shares ours.

    A port that lingers is for when there is no other.
    Where TLS is ended before it, one more: the game server's is not among those that players use.
    Raises ProcessStartFailed when the range is used up.
    """
    chosen: list[PortBinding] = []
    used = set(taken)

    def take(transport: TransportType, preferred: list[int], others: range) -> int:
        for may_linger in (False, True):
            for candidate in chain(preferred, others):
                if candidate not in used and is_free(candidate, transport, may_linger):
                    used.add(candidate)
                    return candidate
        raise ProcessStartFailed(
            f"no port is free between {others.start} and {others.stop - 1}",
            hint="stop processes: hathora-deploy processes stop --all",
        )

    for port in ports:
        own = [port.port] if prefers_own else []
        kind, plain = port.transport_type, None
        if kind == TransportType.TLS:
            plain, own = take(kind, own, plain_candidates), []
        exposed = take(kind, own, candidates)
        chosen.append(PortBinding(port.name, port.port, exposed, kind, plain))
    return tuple(chosen)


def equal(bindings: Iterable[PortBinding]) -> tuple[PortBinding, ...]:
    """The same, but that each game server listens on the number that players use."""
    return tuple(replace(binding, container_port=binding.exposed_port) for binding in bindings)


def is_free(port: int, transport: TransportType, may_linger: bool = False) -> bool:
    """Whether nothing on this machine has the port.

    After a TCP server has ended, its connections linger on its port (in TIME_WAIT) for a minute.
    Most servers can listen there all the same, but not those without SO_REUSEADDR, OpenTTD for one.
    """
    kind = socket.SOCK_DGRAM if transport == TransportType.UDP else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if may_linger and kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except (OSError, OverflowError):
            return False
    return True
