"""Brings every process to where it should be: starts it, watches it, ends it."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Final

from hathora_deploy.api.network import (
    DEFAULT_PORT_NAME,
    ContainerPort,
    ExposedPort,
    TransportType,
)
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud import environment, ports, private
from hathora_deploy.cloud.errors import CloudError, ProcessStartFailed
from hathora_deploy.cloud.runtime.port import (
    Exit,
    Observation,
    PortBinding,
    ProcessSpec,
    Runtime,
)
from hathora_deploy.cloud.settings import LOOPBACK, CloudSettings
from hathora_deploy.cloud.state import apps, builds, deployments, processes, rooms
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store

_log = logging.getLogger(__name__)

_LOOK_OFTEN: Final = 0.05
_LOOK_SELDOM: Final = 0.5
_WORKERS: Final = 16


class Reconciler:
    """Looks at every live process again and again and takes the one step that is due.

    Nothing is remembered but what the database holds, so a cloud that starts again goes on here.
    """

    def __init__(self, *, settings: CloudSettings, store: Store, runtime: Runtime) -> None:
        self._settings = settings
        self._store = store
        self._runtime = runtime
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="process")
        self._due = threading.Event()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._in_hand: set[str] = set()
        self._specs: dict[str, ProcessSpec] = {}
        self._thread = threading.Thread(target=self._loop, name="reconciler")

    def start(self) -> None:
        """Begin, with the processes that an earlier cloud left."""
        self._due.set()
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was asked for."""
        self._due.set()

    def close(self) -> None:
        """Stop every process and return when the last has ended."""
        with self._store.write() as connection:
            for process in processes.live(connection):
                processes.request_stop(
                    connection, process.process_id, "was stopped with the cloud", datetime.now(UTC)
                )
        self._closed.set()
        self.wake()
        self._thread.join()
        self._workers.shutdown()

    def _loop(self) -> None:
        while True:
            self._due.clear()
            with self._store.read() as connection:
                live = processes.live(connection)
            if not live and self._closed.is_set():
                return
            for process in live:
                self._take_in_hand(process.process_id)
            self._due.wait(_pause(live))

    def _take_in_hand(self, process_id: str) -> None:
        with self._lock:
            if process_id in self._in_hand:
                return
            self._in_hand.add(process_id)
        self._workers.submit(self._work_on, process_id)

    def _work_on(self, process_id: str) -> None:
        try:
            self._step(process_id)
        except CloudError as error:
            _log.warning("process %s: %s", process_id, error.message)
        except Exception:  # noqa: BLE001 - one process must not keep the others from being looked at
            _log.exception("process %s", process_id)
        finally:
            with self._lock:
                self._in_hand.discard(process_id)

    def _step(self, process_id: str) -> None:
        with self._store.read() as connection:
            process = processes.get(connection, process_id)
        if process is None or process.has_ended:
            return
        if process.handle is None:
            if process.status == ProcessStatus.STOPPING:
                self._end(process, ProcessStatus.STOPPED, process.exit_reason)
            else:
                self._boot(process)
            return
        if process.runtime != self._runtime.name:
            reason = f"ran on the {process.runtime} runtime, which this cloud does not use"
            self._end(process, ProcessStatus.FAILED, reason)
            return
        seen = self._runtime.observe(process.handle, self._spec(process))
        if seen.exit is not None:
            self._note_exit(process, seen.exit)
        elif process.status == ProcessStatus.STOPPING:
            self._runtime.stop(process.handle, self._settings.stop_grace)
            self._end(process, ProcessStatus.STOPPED, process.exit_reason)
        elif process.status == ProcessStatus.STARTING:
            self._check_port(process, process.handle, seen)

    def _boot(self, process: ProcessRecord) -> None:
        try:
            bindings = self._choose_ports(process)
            spec = self._spec(process, bindings)
            private.make_folder(spec.log.parent)
            private.create(spec.log)
            handle = self._runtime.start(spec)
        except ProcessStartFailed as error:
            hint = f" ({error.hint})" if error.hint else ""
            self._end(process, ProcessStatus.FAILED, f"{error.message}{hint}")
            return
        except OSError as error:
            self._end(process, ProcessStatus.FAILED, f"could not start: {error.strerror}")
            return
        self._change(process, handle=handle, booted_at=datetime.now(UTC))
        self.wake()

    def _choose_ports(self, process: ProcessRecord) -> tuple[PortBinding, ...]:
        """Chosen and recorded in one transaction: two processes never get the same port."""
        with self._store.write() as connection:
            deployment = deployments.get(connection, process.deployment_id)
            assert deployment is not None
            default = ContainerPort(
                name=DEFAULT_PORT_NAME,
                port=deployment.container_port,
                transport_type=TransportType(deployment.transport_type),
            )
            additional = map(ContainerPort.model_validate, deployment.additional_container_ports)
            bindings = ports.choose_bindings(
                [default, *additional],
                taken={
                    binding["exposed_port"]
                    for other in processes.live(connection)
                    for binding in other.bindings
                },
                candidates=range(self._settings.first_game_port, self._settings.last_game_port + 1),
                prefers_own=self._runtime.shares_host_ports,
                is_free=ports.is_free,
            )
            processes.change(
                connection,
                process.process_id,
                runtime=self._runtime.name,
                bindings=[asdict(binding) for binding in bindings],
                scheduled_at=datetime.now(UTC),
            )
        return bindings

    def _spec(
        self, process: ProcessRecord, bindings: tuple[PortBinding, ...] | None = None
    ) -> ProcessSpec:
        known = self._specs.get(process.process_id)
        if known is not None:
            return known
        if bindings is None:
            bindings = tuple(_binding(stored) for stored in process.bindings)
        with self._store.read() as connection:
            app = apps.recall(connection, process.app_id)
            deployment = deployments.get(connection, process.deployment_id)
            assert deployment is not None
            build = builds.get_by_key(connection, deployment.build_key)
            inside = rooms.of_process(connection, process.process_id, is_active=True)
        if app is None or build is None or build.artifact is None:
            raise ProcessStartFailed("its application or build was deleted")
        spec = ProcessSpec(
            process_id=process.process_id,
            app_id=app.app_id,
            deployment_id=deployment.deployment_id,
            artifact=build.artifact,
            env=environment.compose(
                app=app,
                deployment=deployment,
                process=process,
                first_room=inside[0] if inside else None,
                bindings=bindings,
                host=self._settings.public_host,
                private_ip=LOOPBACK,
                shares_host_ports=self._runtime.shares_host_ports,
            ),
            ports=bindings,
            cpu=deployment.requested_cpu,
            memory_mb=deployment.requested_memory_mb,
            log=self._settings.process_log(process.process_id),
        )
        self._specs[process.process_id] = spec
        return spec

    def _check_port(self, process: ProcessRecord, handle: str, seen: Observation) -> None:
        spec = self._spec(process)
        default = spec.ports[0]
        if default.name in seen.bound:
            exposed = [
                ExposedPort(
                    name=binding.name,
                    host=self._settings.public_host,
                    port=seen.bound.get(binding.name, binding.exposed_port),
                    transport_type=binding.transport_type,
                )
                for binding in spec.ports
            ]
            with self._store.write() as connection:
                processes.mark_running(
                    connection,
                    process.process_id,
                    exposed_ports=[port.model_dump(mode="json") for port in exposed],
                    now=datetime.now(UTC),
                )
            return
        limit = timedelta(seconds=self._settings.start_timeout)
        if datetime.now(UTC) - (process.booted_at or process.created_at) > limit:
            self._runtime.stop(handle, self._settings.stop_grace)
            reason = (
                f"did not bind its port {default.container_port} ({default.transport_type}) "
                f"within {self._settings.start_timeout:g} s"
            )
            self._end(process, ProcessStatus.FAILED, reason)

    def _note_exit(self, process: ProcessRecord, end: Exit) -> None:
        if process.status == ProcessStatus.STOPPING:
            self._end(process, ProcessStatus.STOPPED, process.exit_reason)
        elif process.status == ProcessStatus.STARTING:
            self._end(process, ProcessStatus.FAILED, _early_exit(self._spec(process), end))
        elif end.is_clean:
            self._end(process, ProcessStatus.STOPPED, end.describe())
        else:
            self._end(process, ProcessStatus.FAILED, end.describe())

    def _end(self, process: ProcessRecord, status: ProcessStatus, reason: str | None) -> None:
        now = datetime.now(UTC)
        with self._store.write() as connection:
            processes.change(
                connection,
                process.process_id,
                status=status,
                exit_reason=reason,
                terminated_at=now,
            )
            rooms.destroy_all_of_process(connection, process.process_id, now)
        self._specs.pop(process.process_id, None)
        if process.handle is not None and process.runtime == self._runtime.name:
            self._runtime.remove(process.handle)

    def _change(self, process: ProcessRecord, **values: object) -> None:
        with self._store.write() as connection:
            processes.change(connection, process.process_id, **values)


def _pause(live: list[ProcessRecord]) -> float | None:
    """Seconds until the next look; None waits until something is asked for."""
    if not live:
        return None
    if any(process.status != ProcessStatus.RUNNING for process in live):
        return _LOOK_OFTEN
    return _LOOK_SELDOM


def _early_exit(spec: ProcessSpec, end: Exit) -> str:
    default = spec.ports[0]
    reason = (
        f"{end.describe()} before it bound its port "
        f"{default.container_port} ({default.transport_type})"
    )
    if default.exposed_port != default.container_port and "PORT" in spec.env:
        reason += (
            f"; port {default.container_port} of this machine was taken, so it was to listen on "
            f"HATHORA_DEFAULT_PORT={default.exposed_port}"
        )
    return reason


def _binding(stored: dict[str, object]) -> PortBinding:
    return PortBinding(
        name=str(stored["name"]),
        container_port=int(str(stored["container_port"])),
        exposed_port=int(str(stored["exposed_port"])),
        transport_type=TransportType(str(stored["transport_type"])),
    )
