"""The environment that a process is given."""

from __future__ import annotations

from collections.abc import Iterable

from hathora_deploy.api.network import DEFAULT_PORT_NAME
from hathora_deploy.cloud.runtime.port import PortBinding
from hathora_deploy.cloud.state.apps import AppRecord
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.rooms import RoomRecord
from hathora_deploy.secret import Secret


def compose(
    *,
    app: AppRecord,
    deployment: DeploymentRecord,
    process: ProcessRecord,
    first_room: RoomRecord | None,
    bindings: Iterable[PortBinding],
    host: str,
    private_ip: str,
    shares_host_ports: bool,
    has_equal_ports: bool = False,
) -> dict[str, Secret]:
    """The deployment's variables and the cloud's own, which win.

    Ports are the exposed ones. Where a process must not take another's port, ``PORT`` is what it is to
    listen on, and ``PORT_<NAME>`` for each additional port.
    """
    bindings = tuple(bindings)
    exposed = {binding.name: str(binding.exposed_port) for binding in bindings}
    listens = {
        _own(binding.name): str(binding.host_port if shares_host_ports else binding.container_port)
        for binding in bindings
    }
    defaults = listens if shares_host_ports or has_equal_ports else {}
    chosen = {variable["name"]: variable["value"] for variable in deployment.env}
    own = {
        "HATHORA_APP_ID": app.app_id,
        "HATHORA_APP_SECRET": app.secret,
        "HATHORA_PROCESS_ID": process.process_id,
        "HATHORA_DEPLOYMENT_ID": deployment.deployment_id,
        "HATHORA_BUILD_TAG": deployment.build_tag or "",
        "HATHORA_REGION": process.region,
        "HATHORA_ROOMS_PER_PROCESS": str(deployment.rooms_per_process),
        "HATHORA_INITIAL_ROOM_ID": first_room.room_id if first_room else "",
        "HATHORA_INITIAL_ROOM_CONFIG": (first_room.config or "") if first_room else "",
        "HATHORA_HOSTNAME": host,
        "HATHORA_PRIVATE_IP": private_ip,
        "HATHORA_ALLOCATED_CPU": f"{deployment.requested_cpu:g}",
        "HATHORA_ALLOCATED_MEMORY_MB": str(deployment.requested_memory_mb),
        **{f"HATHORA_{_variable(name)}_PORT": port for name, port in exposed.items()},
    }
    return {name: Secret(value) for name, value in {**defaults, **chosen, **own}.items()}


def _own(port_name: str) -> str:
    return "PORT" if port_name == DEFAULT_PORT_NAME else f"PORT_{_variable(port_name)}"


def _variable(port_name: str) -> str:
    return port_name.upper().replace("-", "_")
