"""Which ports a deployment has: those of the settings, or those that the Dockerfile exposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hathora_deploy.api.network import (
    MAX_ADDITIONAL_PORTS,
    ContainerPort,
    TransportType,
)
from hathora_deploy.dockerfile import ExposedPort
from hathora_deploy.pipeline.settings import DeploySettings


@dataclass(frozen=True)
class PortPlan:
    """The ports of a deployment; ``left_out`` are exposed, and more than a deployment can have."""

    container_port: int
    transport_type: TransportType
    additional: tuple[ContainerPort, ...]
    left_out: tuple[ExposedPort, ...] = ()

    @property
    def named(self) -> tuple[ContainerPort, ...]:
        """All of them, the default one first."""
        return (ContainerPort.default(self.container_port, self.transport_type), *self.additional)


def plan_ports(settings: DeploySettings, exposed: Sequence[ExposedPort]) -> PortPlan | str:
    """The ports, or what is wrong with them."""
    found = _default_port(settings, exposed)
    if isinstance(found, str):
        return found
    port, transport = found
    if settings.additional_container_ports is not None:
        return PortPlan(port, transport, settings.additional_container_ports)
    default = ExposedPort(port, "udp" if transport == TransportType.UDP else "tcp")
    further = [each for each in exposed if each != default]
    additional = tuple(_named(each, further) for each in further[:MAX_ADDITIONAL_PORTS])
    return PortPlan(port, transport, additional, tuple(further[MAX_ADDITIONAL_PORTS:]))


def _default_port(
    settings: DeploySettings, exposed: Sequence[ExposedPort]
) -> tuple[int, TransportType] | str:
    port = settings.container_port
    candidates = [each for each in exposed if port in (None, each.port)]
    if port is None:
        if not candidates:
            return "nobody says which port the game server listens on"
        port = candidates[0].port
    if settings.transport_type is not None:
        return port, settings.transport_type
    if not candidates:
        return f"nobody says whether port {port} is tcp, udp or tls"
    return port, TransportType(candidates[0].protocol)


def _named(port: ExposedPort, among: Sequence[ExposedPort]) -> ContainerPort:
    is_twice = sum(each.port == port.port for each in among) > 1
    name = f"port-{port.port}" + (f"-{port.protocol}" if is_twice else "")
    return ContainerPort(name=name, port=port.port, transport_type=TransportType(port.protocol))
