"""All that a deployment is but its build: as a deploy asks for it, and as an earlier one has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.secret import Secret

_PLAIN: Final = (
    "requested_cpu",
    "requested_memory_mb",
    "requested_gpu",
    "rooms_per_process",
    "idle_timeout_enabled",
    "fleet_id",
    "deployment_tag",
)


@dataclass(frozen=True)
class DeploymentSpec:
    """The fields are called as in DeploySettings. Memory is in MB."""

    container_port: int
    transport_type: TransportType
    requested_cpu: float
    requested_memory_mb: int
    rooms_per_process: int
    idle_timeout_enabled: bool
    additional_container_ports: tuple[ContainerPort, ...] = ()
    requested_gpu: int | None = None
    env: Mapping[str, Secret] = field(default_factory=dict)
    fleet_id: str | None = None
    """None leaves it to the cloud."""
    deployment_tag: str | None = None

    @classmethod
    def of(cls, deployment: DeploymentV3) -> DeploymentSpec:
        """That of a deployment which there is."""
        default = deployment.default_container_port
        gpu = deployment.requested_gpu
        return cls(
            container_port=default.port,
            transport_type=default.transport_type,
            requested_cpu=deployment.requested_cpu,
            requested_memory_mb=deployment.requested_memory_mb,
            rooms_per_process=deployment.rooms_per_process,
            idle_timeout_enabled=deployment.idle_timeout_enabled,
            additional_container_ports=tuple(deployment.additional_container_ports),
            requested_gpu=deployment.experimental_requested_gpu if gpu is None else gpu,
            env={each.name: each.value for each in deployment.env},
            fleet_id=deployment.fleet_id,
            deployment_tag=deployment.deployment_tag,
        )

    def shown(self) -> dict[str, str]:
        """What people may see, by field and ``ports.NAME``: what is set, without variables."""
        default = ContainerPort.default(self.container_port, self.transport_type)
        ports = (default, *self.additional_container_ports)
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {
            **{f"ports.{each.name}": f"{each.port}/{each.transport_type}" for each in ports},
            **{name: _text(value) for name, value in plain.items() if value is not None},
        }

    def is_of(self, deployment: DeploymentV3) -> bool:
        """Whether a deployment is what this asks for."""
        found = self.of(deployment)
        fleet = found.fleet_id if self.fleet_id is None else self.fleet_id
        return found == replace(self, fleet_id=fleet)


SETTINGS: Final = tuple(
    each.name for each in fields(DeploymentSpec) if each.name not in ("env", "deployment_tag")
)
"""The fields but the variables, which add up, and the tag, which says what was deployed."""


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
