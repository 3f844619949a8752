"""Chooses the ports of this machine that lead to a process."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Set

from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.cloud.errors import ProcessStartFailed
from hathora_deploy.cloud.runtime.port import PortBinding

IsFree = Callable[[int, TransportType], bool]


def choose_bindings(
    ports: Iterable[ContainerPort],
    *,
    taken: Set[int],
    candidates: range,
    prefers_own: bool,
    is_free: IsFree,
) -> tuple[PortBinding, ...]:
    """A free port of this machine for each port; its own number first where the process shares ours.

    Raises ProcessStartFailed when the range is used up.
    """
    chosen: list[PortBinding] = []
    used = set(taken)
    for port in ports:
        preferred = [port.port] if prefers_own else []
        for candidate in (*preferred, *candidates):
            if candidate not in used and is_free(candidate, port.transport_type):
                break
        else:
            raise ProcessStartFailed(
                f"no port is free between {candidates.start} and {candidates.stop - 1}",
                hint="stop processes: hathora-deploy processes stop --all",
            )
        used.add(candidate)
        chosen.append(PortBinding(port.name, port.port, candidate, port.transport_type))
    return tuple(chosen)


def is_free(port: int, transport: TransportType) -> bool:
    """Whether nothing on this machine has the port."""
    kind = socket.SOCK_DGRAM if transport == TransportType.UDP else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # As servers do: a port whose connections linger in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except (OSError, OverflowError):
            return False
    return True
