"""What a runtime is told of each process: its ports, its environment, its limits."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import asdict, replace
from datetime import UTC, datetime

from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.cloud import environment, ports
from hathora_deploy.cloud.errors import ProcessStartFailed
from hathora_deploy.cloud.node import Folders
from hathora_deploy.cloud.port_claims import PortClaims
from hathora_deploy.cloud.runtime.port import PortBinding, ProcessSpec, Runtime
from hathora_deploy.cloud.settings import LOOPBACK, CloudSettings
from hathora_deploy.cloud.state import apps, assignments, builds, deployments, processes, rooms
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store


class Specs:
    """The spec of each live process, put together once."""

    def __init__(
        self,
        *,
        settings: CloudSettings,
        store: Store,
        runtime: Runtime,
        node: NodeRecord,
        folders: Folders,
    ) -> None:
        self._settings = settings
        self._node = node
        self._folders = folders
        self._store = store
        self._runtime = runtime
        self._known: dict[str, ProcessSpec] = {}
        self._claims = PortClaims()

    @property
    def _has_equal_ports(self) -> bool:
        """Whether containers are told where to listen. Who shares the machine's ports always is."""
        return self._settings.equal_ports and not self._runtime.shares_host_ports

    def plan(self, process: ProcessRecord, avoid: Set[int]) -> ProcessSpec:
        """The spec to start a process with, on ports chosen now. Raises ProcessStartFailed."""
        self.forget(process.process_id)
        bindings = self._choose_ports(process, avoid)
        return self._compose(replace(process, booted_by=self._node.node_id), bindings)

    def of(self, process: ProcessRecord) -> ProcessSpec:
        """The spec that a process was started with."""
        known = self._known.get(process.process_id)
        return known or self._compose(process, bindings_of(process))

    def forget(self, process_id: str) -> None:
        self._known.pop(process_id, None)

    def _choose_ports(self, process: ProcessRecord, avoid: Set[int]) -> tuple[PortBinding, ...]:
        """Chosen and recorded in one transaction: two processes never get the same port."""
        with self._store.write() as connection:
            assignments.require(connection, process.process_id, self._node.node_id)
            deployment = deployments.get(connection, process.deployment_id)
            assert deployment is not None
            default = ContainerPort.default(
                deployment.container_port, TransportType(deployment.transport_type)
            )
            additional = map(ContainerPort.model_validate, deployment.additional_container_ports)
            bindings = ports.choose_bindings(
                [default, *additional],
                taken=avoid
                | {
                    number
                    for other in assignments.of_machine(connection, self._node.machine)
                    if other.process_id != process.process_id
                    for binding in bindings_of(other)
                    for number in binding.numbers
                },
                candidates=self._settings.game_ports.numbers,
                prefers_own=self._runtime.shares_host_ports,
                is_free=self._claims.claim,
            )
            if self._has_equal_ports:
                bindings = ports.equal(bindings)
            processes.mark_scheduled(
                connection,
                process.process_id,
                runtime=self._runtime.name,
                node_id=self._node.node_id,
                bindings=[asdict(binding) for binding in bindings],
                now=datetime.now(UTC),
            )
        return bindings

    def _compose(self, process: ProcessRecord, bindings: tuple[PortBinding, ...]) -> ProcessSpec:
        with self._store.read() as connection:
            app = apps.recall(connection, process.app_id)
            deployment = deployments.get(connection, process.deployment_id)
            assert deployment is not None
            build = builds.get_by_key(connection, deployment.build_key)
            first_room = rooms.first_of_process(connection, process.process_id)
            artifact = self._folders.artifact(connection, build) if build is not None else None
            folder = self._folders.of(connection, process.booted_by) or self._settings
        if artifact is None and build is not None and build.artifact is not None:
            raise ProcessStartFailed(
                "its build was made on another machine, where no cloud of this database runs now",
                hint="deploy it again with --force: then it is built anew",
            )
        if app is None or artifact is None:
            raise ProcessStartFailed("its application or build was deleted")
        spec = ProcessSpec(
            process_id=process.process_id,
            app_id=app.app_id,
            deployment_id=deployment.deployment_id,
            artifact=artifact,
            env=environment.compose(
                app=app,
                deployment=deployment,
                process=process,
                first_room=first_room,
                bindings=bindings,
                host=self._settings.host_of(process.region),
                private_ip=LOOPBACK,
                shares_host_ports=self._runtime.shares_host_ports,
                has_equal_ports=self._has_equal_ports,
            ),
            ports=bindings,
            cpu=deployment.requested_cpu,
            memory_mb=deployment.requested_memory_mb,
            log=folder.process_log(process.process_id),
        )
        self._known[process.process_id] = spec
        return spec


def bindings_of(process: ProcessRecord) -> tuple[PortBinding, ...]:
    """The ports that a process was started with."""
    return tuple(
        PortBinding(
            name=str(stored["name"]),
            container_port=int(stored["container_port"]),
            exposed_port=int(stored["exposed_port"]),
            transport_type=TransportType(stored["transport_type"]),
            plain_port=stored.get("plain_port"),
        )
        for stored in process.bindings
    )
