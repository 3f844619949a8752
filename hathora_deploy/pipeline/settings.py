"""What a person, a file or the environment says about a deploy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hathora_deploy.api.network import ContainerPort, Region, TransportType
from hathora_deploy.pipeline.compression import AUTO, Compression
from hathora_deploy.secret import Secret


@dataclass(frozen=True)
class DeploySettings:
    """None, or nothing in it, means that nobody said: the plan then decides. Times are in seconds."""

    dockerfile: str | None = None
    """A path that begins in the folder."""
    build_id: str | None = None
    build_tag: str | None = None
    deployment_tag: str | None = None
    container_port: int | None = None
    transport_type: TransportType | None = None
    additional_container_ports: tuple[ContainerPort, ...] = ()
    requested_cpu: float | None = None
    requested_memory_mb: int | None = None
    rooms_per_process: int | None = None
    idle_timeout_enabled: bool | None = None
    env: Mapping[str, Secret] = field(default_factory=dict)
    fleet_id: str | None = None
    room_region: Region | None = None
    """Where to create a room and wait until players can connect; None creates none."""
    compression: Compression = AUTO
    upload_concurrency: int = 4
    """Parts that are uploaded at once."""
    build_timeout: float = 3600.0
    start_timeout: float = 300.0
