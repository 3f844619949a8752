"""A runtime whose processes are reached by TLS where their deployment says so."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Sequence, Set
from dataclasses import replace
from pathlib import Path

from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.cloud.errors import CloudError, CloudStartError, ProcessStartFailed
from hathora_deploy.cloud.runtime.port import (
    Artifact,
    BuildLog,
    Measurement,
    Observation,
    PortBinding,
    ProcessSpec,
    RegistryImage,
    Runtime,
)
from hathora_deploy.cloud.tls.ports import TlsPorts
from hathora_deploy.cloud.troubles import Troubles

_log = logging.getLogger(__name__)


class TlsRuntime:
    """Ends TLS before another runtime, which knows plain TCP and UDP alone.

    A port is opened before the game server starts, so that nobody else gets it, and again by a cloud
    that finds the process running.
    """

    def __init__(self, runtime: Runtime, ports: TlsPorts) -> None:
        self._runtime = runtime
        self._ports = ports
        self._process_ids: dict[str, str] = {}
        """By handle, of processes that have such a port."""
        self._lock = threading.Lock()
        self._troubles = Troubles()
        self.name = runtime.name
        self.shares_host_ports = runtime.shares_host_ports

    @property
    def site(self) -> str:
        return self._runtime.site

    def artifact_of(self, root: Path, reference: str) -> str:
        return self._runtime.artifact_of(root, reference)

    def adopt(self, process_id: str, root: Path) -> None:
        self._runtime.adopt(process_id, root)

    def free_space(self) -> int | None:
        return self._runtime.free_space()

    def build(
        self, build_id: str, archive: InspectedArchive, log: BuildLog, cancelled: threading.Event
    ) -> Artifact:
        return self._runtime.build(build_id, archive, log, cancelled)

    def pull(self, image: RegistryImage, log: BuildLog, cancelled: threading.Event) -> Artifact:
        return self._runtime.pull(image, log, cancelled)

    def discard(self, reference: str) -> None:
        self._runtime.discard(reference)

    def prune(self, references: Set[str]) -> None:
        self._runtime.prune(references)

    def start(self, spec: ProcessSpec) -> str:
        try:
            for port in _encrypted(spec.ports):
                self._ports.open(spec.process_id, port.exposed_port, port.host_port)
            handle = self._runtime.start(_behind(spec))
        except BaseException as error:
            self._ports.close_of(spec.process_id)
            if isinstance(error, CloudStartError):
                raise ProcessStartFailed(error.message, hint=error.hint) from None
            raise
        self._remember(handle, spec)
        return handle

    def observe(self, handle: str, spec: ProcessSpec, *, ports: bool = True) -> Observation:
        encrypted = _encrypted(spec.ports)
        if not encrypted:
            return self._runtime.observe(handle, spec, ports=ports)
        self._remember(handle, spec)
        are_open = all(
            self._ports.is_open(spec.process_id, each.exposed_port) for each in encrypted
        )
        seen = self._runtime.observe(handle, _behind(spec), ports=ports or not are_open)
        if seen.exit is not None:
            self._ports.close_of(spec.process_id)
            return seen
        bound = dict(seen.bound)
        for port in encrypted:
            number = bound.pop(port.name, None)
            if self._lead(spec.process_id, port, number) and number is not None:
                bound[port.name] = port.exposed_port
        return Observation(None, bound)

    def ended(self, handles: Collection[str]) -> Set[str]:
        return self._runtime.ended(handles)

    def measure(self, handle: str, ports: Sequence[PortBinding]) -> Measurement:
        return self._runtime.measure(handle, [port.behind_tls for port in ports])

    def members(self, handle: str, pids: Set[int]) -> Set[int]:
        return self._runtime.members(handle, pids)

    def stop(self, handle: str, grace: float) -> None:
        self._runtime.stop(handle, grace)

    def remove(self, handle: str) -> None:
        self._runtime.remove(handle)
        with self._lock:
            process_id = self._process_ids.pop(handle, None)
        if process_id is not None:
            self._ports.close_of(process_id)
            self._troubles.settle(process_id)

    def process_ids(self) -> Set[str]:
        return self._runtime.process_ids()

    def clear(self, process_id: str) -> None:
        self._runtime.clear(process_id)
        self._ports.close_of(process_id)

    def _lead(self, process_id: str, port: PortBinding, number: int | None) -> bool:
        """Whether the port is open, and leads to where the game server listens, if that was seen."""
        if number is None and self._ports.is_open(process_id, port.exposed_port):
            return True
        try:
            self._ports.open(process_id, port.exposed_port, number or port.host_port)
        except CloudError as error:
            # While no cloud ran somebody has taken it. The process goes on, and the port may get free.
            if self._troubles.note(process_id, error.message):
                _log.warning("players cannot reach process %s: %s", process_id, error.message)
            return False
        return True

    def _remember(self, handle: str, spec: ProcessSpec) -> None:
        if _encrypted(spec.ports):
            with self._lock:
                self._process_ids[handle] = spec.process_id


def _encrypted(ports: Sequence[PortBinding]) -> list[PortBinding]:
    return [port for port in ports if port.plain_port is not None]


def _behind(spec: ProcessSpec) -> ProcessSpec:
    """What the runtime behind is told: where TLS is ended it has a plain port for this machine alone."""
    return replace(spec, ports=tuple(port.behind_tls for port in spec.ports))
