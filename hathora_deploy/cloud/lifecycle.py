"""The life of a process: one step at a time, each after a look at what is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from hathora_deploy import private_files
from hathora_deploy.api.network import ExposedPort
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud import ports
from hathora_deploy.cloud.errors import PortTaken, ProcessStartFailed
from hathora_deploy.cloud.idleness import Idleness
from hathora_deploy.cloud.node import Folders
from hathora_deploy.cloud.rescheduling import reschedule
from hathora_deploy.cloud.runtime.port import (
    Exit,
    Observation,
    PortBinding,
    ProcessSpec,
    Runtime,
)
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.specs import Specs
from hathora_deploy.cloud.state import assignments, processes, rooms
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.errors import HathoraError

_OTHER_PORTS: Final = 3
"""How many ports a process may lose to somebody who was quicker before it fails."""
_PORTS_NAMED: Final = 5
_WITH_THE_CLOUD: Final = "was stopped with the cloud"


class Lifecycle:
    """Boots a process, waits for its port, notes its exit, ends it.

    What it needs to go on stands in the database. ``wake`` asks for the next step at once.
    """

    def __init__(
        self,
        *,
        settings: CloudSettings,
        store: Store,
        runtime: Runtime,
        idleness: Idleness,
        node: NodeRecord,
        folders: Folders,
        wake: Callable[[], None],
    ) -> None:
        self._node = node
        self._folders = folders
        self._settings = settings
        self._store = store
        self._runtime = runtime
        self._idleness = idleness
        self._wake = wake
        self._specs = Specs(
            settings=settings, store=store, runtime=runtime, node=node, folders=folders
        )
        self._booted: dict[str, float] = {}
        """By process: when it was, or when this cloud first saw it; by a clock that is never set."""
        self._lost_ports: dict[str, frozenset[int]] = {}
        """By process: the ports that somebody else was quicker to bind."""

    def step(self, process_id: str, *, is_closing: bool) -> None:
        """The one that is due; where the cloud closes, the process is to end."""
        with self._store.read() as connection:
            process = processes.get(connection, process_id)
            is_here = process is None or self._folders.is_within_reach(
                connection, process.booted_by
            )
        if process is None or process.has_ended or process.node_id != self._node.node_id:
            return
        is_to_end, reason = process.status == ProcessStatus.STOPPING, process.exit_reason
        if is_closing and not is_to_end:
            is_to_end, reason = True, _WITH_THE_CLOUD
            self._note_stop(process_id)
        if process.handle is None:
            if is_to_end:
                self._end(process, ProcessStatus.STOPPED, reason)
            else:
                self._boot(process)
            return
        if not is_here:
            # Its handle says nothing here.
            self._fail(replace(process, handle=None), "was lost with the machine that it ran on")
            return
        if process.runtime != self._runtime.name:
            reason = f"ran on the {process.runtime} runtime, which this cloud does not use"
            self._fail(process, reason)
            return
        is_starting = process.status == ProcessStatus.STARTING
        seen = self._runtime.observe(process.handle, self._specs.of(process), ports=is_starting)
        if is_to_end:
            if seen.exit is None:
                self._runtime.stop(process.handle, self._settings.stop_grace)
            self._end(process, ProcessStatus.STOPPED, reason)
        elif seen.exit is not None:
            self._note_exit(process, process.handle, seen.exit)
        elif is_starting:
            self._check_port(process, process.handle, seen)
        elif process.status == ProcessStatus.DRAINING:
            self._stop_if_empty(process, "was drained")
        elif process.status == ProcessStatus.RUNNING and self._idleness.is_over(process):
            timeout = f"{self._settings.idle_timeout:g}"
            self._stop_if_empty(process, f"was idle: no rooms and no connections for {timeout} s")

    def _boot(self, process: ProcessRecord) -> None:
        try:
            spec = self._specs.plan(process, avoid=self._lost(process.process_id))
            private_files.make_folder(spec.log.parent)
            private_files.create(spec.log)
            handle = self._runtime.start(spec)
        except ProcessStartFailed as error:
            if isinstance(error, PortTaken) and self._may_avoid(process, {error.port}):
                return
            hint = f" ({error.hint})" if error.hint else ""
            self._fail(process, f"{error.message}{hint}")
            return
        except OSError as error:
            self._fail(process, f"could not start: {error.strerror}")
            return
        self._booted[process.process_id] = time.monotonic()
        try:
            with self._writing(process.process_id) as connection:
                processes.mark_booted(
                    connection, process.process_id, handle=handle, now=datetime.now(UTC)
                )
        except BaseException:
            # Without a handle nobody would find it again, and it would be started once more.
            self._runtime.stop(handle, grace=0)
            self._runtime.remove(handle)
            raise
        self._wake()

    def _check_port(self, process: ProcessRecord, handle: str, seen: Observation) -> None:
        spec = self._specs.of(process)
        default = spec.ports[0]
        if default.name in seen.bound:
            exposed = [
                ExposedPort(
                    name=binding.name,
                    host=self._settings.host_of(process.region),
                    port=seen.bound.get(binding.name, binding.exposed_port),
                    transport_type=binding.transport_type,
                )
                for binding in spec.ports
            ]
            with self._writing(process.process_id) as connection:
                processes.mark_running(
                    connection,
                    process.process_id,
                    exposed_ports=[port.model_dump(mode="json") for port in exposed],
                    now=datetime.now(UTC),
                )
            return
        booted = self._booted.setdefault(process.process_id, time.monotonic())
        if time.monotonic() - booted > self._settings.start_timeout:
            self._runtime.stop(handle, self._settings.stop_grace)
            self._fail(process, _never_bound(default, self._settings.start_timeout, seen))

    def _note_exit(self, process: ProcessRecord, handle: str, end: Exit) -> None:
        if process.status == ProcessStatus.STARTING:
            spec = self._specs.of(process)
            taken = {
                port.host_port
                for port in spec.ports
                if self._runtime.shares_host_ports
                and not ports.is_free(port.host_port, port.transport_type)
            }
            if taken and self._may_avoid(process, taken):
                with self._writing(process.process_id) as connection:
                    processes.forget_boot(connection, process.process_id)
                self._runtime.remove(handle)
                return
            reason = _early_exit(spec, end)
            if end.is_clean:
                self._end(process, ProcessStatus.FAILED, reason)
            else:
                self._fail(process, reason)
        elif end.is_clean:
            self._end(process, ProcessStatus.STOPPED, end.describe())
        else:
            self._fail(process, end.describe())

    def _stop_if_empty(self, process: ProcessRecord, reason: str) -> None:
        with self._writing(process.process_id) as connection:
            if rooms.occupancy(connection, [process.process_id]):
                return
            processes.request_stop(connection, process.process_id, reason, datetime.now(UTC))
        self._wake()

    @contextmanager
    def _writing(self, process_id: str) -> Iterator[Connection]:
        """A transaction about a process that this cloud looks after. Raises TakenOver."""
        with self._store.write() as connection:
            assignments.require(connection, process_id, self._node.node_id)
            yield connection

    def _lost(self, process_id: str) -> frozenset[int]:
        return self._lost_ports.get(process_id, frozenset())

    def _may_avoid(self, process: ProcessRecord, taken: set[int]) -> bool:
        """Whether to start a process on other ports than those, at the next look."""
        lost = self._lost(process.process_id)
        if len(lost) >= _OTHER_PORTS:
            return False
        self._lost_ports[process.process_id] = lost | taken
        return True

    def _note_stop(self, process_id: str) -> None:
        with suppress(HathoraError, SQLAlchemyError), self._writing(process_id) as connection:
            processes.request_stop(connection, process_id, _WITH_THE_CLOUD, datetime.now(UTC))

    def _fail(self, process: ProcessRecord, reason: str) -> None:
        """It has crashed, or come to nothing: its rooms get another process, once."""
        now = datetime.now(UTC)
        with self._writing(process.process_id) as connection:
            processes.end(connection, process.process_id, ProcessStatus.FAILED, reason, now)
            reschedule(connection, process, now)
        self._let_go(process)

    def _end(self, process: ProcessRecord, status: ProcessStatus, reason: str | None) -> None:
        """It has ended as it should, or as somebody wanted: its rooms end with it."""
        now = datetime.now(UTC)
        with self._writing(process.process_id) as connection:
            processes.end(connection, process.process_id, status, reason, now)
            rooms.destroy_all_of_process(connection, process.process_id, now)
        self._let_go(process)

    def _let_go(self, process: ProcessRecord) -> None:
        self._wake()  # another may be kept in its place
        self._specs.forget(process.process_id)
        self._lost_ports.pop(process.process_id, None)
        self._booted.pop(process.process_id, None)
        if process.handle is not None and process.runtime == self._runtime.name:
            self._runtime.remove(process.handle)


def _never_bound(default: PortBinding, seconds: float, seen: Observation) -> str:
    reason = (
        f"did not bind its port {default.container_port} ({default.transport_type}) "
        f"within {seconds:g} s"
    )
    own = {default.container_port, default.host_port}
    if swapped := [protocol for protocol, port in sorted(seen.listening) if port in own]:
        return f"{reason}: it bound it as {swapped[0]} instead"
    others = [f"{port} ({protocol})" for protocol, port in sorted(seen.listening) if port]
    return f"{reason}: it bound {', '.join(others[:_PORTS_NAMED])} instead" if others else reason


def _early_exit(spec: ProcessSpec, end: Exit) -> str:
    default = spec.ports[0]
    reason = (
        f"{end.describe()} before it bound its port "
        f"{default.container_port} ({default.transport_type})"
    )
    if default.host_port != default.container_port and "PORT" in spec.env:
        reason += (
            f"; port {default.container_port} of this machine was taken, so it was to listen on "
            f"PORT={default.host_port}"
        )
    return reason
