"""Keeps what running processes use, moment by moment, for their metrics."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.gpus import Gpus, GpuUse, total
from hathora_deploy.cloud.runtime.port import Measurement, Runtime
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.specs import bindings_of
from hathora_deploy.cloud.state import assignments, samples
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.samples import SampleRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.troubles import Troubles
from hathora_deploy.errors import HathoraError

_log = logging.getLogger(__name__)

_RUNS: Final = (ProcessStatus.RUNNING, ProcessStatus.DRAINING)
_FORGETS_EVERY: Final = 3600.0
_AT_ONCE: Final = 16
"""An engine may take a second to tell what one container uses."""
_STORE: Final = "samples"
_GPUS: Final = "gpus"


class Sampler:
    """A thread that looks at every running process at an interval, and sleeps while there is none."""

    def __init__(
        self, *, settings: CloudSettings, store: Store, runtime: Runtime, node_id: str
    ) -> None:
        self._settings = settings
        self._node_id = node_id
        self._store = store
        self._runtime = runtime
        self._gpus = Gpus()
        self._live = threading.Event()
        self._closed = threading.Event()
        self._before: dict[str, _Reading] = {}
        """By process: the last one."""
        self._connected: dict[str, float] = {}
        """By process: when it was last seen with a connection."""
        self._forgets_at = time.monotonic()
        self._troubles = Troubles()
        self._thread = threading.Thread(target=self._loop, name="sampler")

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is a live process: to be said again and again for as long as there is one."""
        self._live.set()

    def last_connected(self, process_id: str) -> float | None:
        """When a running process was last seen with a connection, on the monotonic clock."""
        return self._connected.get(process_id)

    def close(self) -> None:
        self._closed.set()
        self.wake()
        if self._thread.ident is not None:
            self._thread.join()

    def _loop(self) -> None:
        while True:
            self._live.wait()
            if self._closed.is_set():
                return
            self._live.clear()
            try:
                self._keep(self._samples())
                self._troubles.settle(_STORE)
            except (HathoraError, SQLAlchemyError) as error:
                if self._troubles.note(_STORE, str(error)):
                    _log.warning("what processes use is not kept: %s", error)
            self._closed.wait(self._settings.sample_interval)

    def _keep(self, found: list[SampleRecord]) -> None:
        if not found:
            return
        forgets = time.monotonic() >= self._forgets_at
        with self._store.write() as connection:
            samples.add(connection, found)
            if forgets:
                kept = timedelta(seconds=self._settings.sample_retention)
                samples.forget(connection, datetime.now(UTC) - kept)
        if forgets:
            self._forgets_at = time.monotonic() + _FORGETS_EVERY

    def _samples(self) -> list[SampleRecord]:
        with self._store.read() as connection:
            live = assignments.of_node(connection, self._node_id)
        running = [
            process
            for process in live
            if process.status in _RUNS and process.runtime == self._runtime.name
        ]
        before, self._before = self._before, {}
        known = {process.process_id for process in running}
        self._connected = {each: at for each, at in self._connected.items() if each in known}
        if not running:
            return []
        gpu_uses = self._gpu_uses()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sampler") as pool:
            readings = [
                reading
                for reading in pool.map(partial(self._read, gpu_uses), running)
                if reading.used != Measurement()
            ]
        self._before = {reading.process_id: reading for reading in readings}
        self._connected |= {
            reading.process_id: reading.seconds
            for reading in readings
            if reading.used.active_connections
        }
        return [reading.sample(before.get(reading.process_id)) for reading in readings]

    def _gpu_uses(self) -> Mapping[int, GpuUse]:
        try:
            uses = self._gpus.uses()
        except CloudError as error:
            if self._troubles.note(_GPUS, error.message):
                _log.warning("what processes use of GPUs is not measured: %s", error.message)
            return {}
        self._troubles.settle(_GPUS)
        return uses

    def _read(self, gpu_uses: Mapping[int, GpuUse], process: ProcessRecord) -> _Reading:
        # Taken before: afterwards the process may have ended, and there is no sample of what was over.
        at, seconds = datetime.now(UTC), time.monotonic()
        used, gpu = Measurement(), GpuUse()
        if not self._closed.is_set():
            used, gpu = self._measure(process, gpu_uses)
        return _Reading(process.process_id, at, seconds, used, gpu)

    def _measure(
        self, process: ProcessRecord, gpu_uses: Mapping[int, GpuUse]
    ) -> tuple[Measurement, GpuUse]:
        assert process.handle is not None  # it was started
        try:
            used = self._runtime.measure(process.handle, bindings_of(process))
            # Most machines have no card, and most game servers use none.
            pids = self._runtime.members(process.handle, gpu_uses.keys()) if gpu_uses else ()
        except Exception as error:  # noqa: BLE001 - one process must not keep the others from being measured
            problem = error.message if isinstance(error, HathoraError) else repr(error)
            if self._troubles.note(process.process_id, problem):
                _log.warning("process %s is not measured: %s", process.process_id, problem)
            return Measurement(), GpuUse()
        self._troubles.settle(process.process_id)
        return used, total(gpu_uses[pid] for pid in pids)


@dataclass(frozen=True)
class _Reading:
    """What a process used by a moment, or just after it."""

    process_id: str
    at: datetime
    seconds: float
    """The moment again, by a clock that is never set."""
    used: Measurement
    gpu: GpuUse

    def sample(self, before: _Reading | None) -> SampleRecord:
        return SampleRecord(
            process_id=self.process_id,
            at=self.at,
            cpu=None if before is None else self._cores_since(before),
            memory=self.used.memory,
            total_egress=self.used.total_egress,
            active_connections=self.used.active_connections,
            gpu_memory=self.gpu.memory,
            gpu_utilization=self.gpu.utilization,
        )

    def _cores_since(self, before: _Reading) -> float | None:
        if before.used.cpu_seconds is None or self.used.cpu_seconds is None:
            return None
        # What programs used that have gone meanwhile may be missing from the later figure.
        grown = max(0.0, self.used.cpu_seconds - before.used.cpu_seconds)
        return grown / (self.seconds - before.seconds)
