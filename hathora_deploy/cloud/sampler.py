"""Keeps what running processes use, moment by moment, for their metrics."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud.runtime.port import Measurement, Runtime
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.specs import bindings_of
from hathora_deploy.cloud.state import processes, samples
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.samples import SampleRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.troubles import Troubles
from hathora_deploy.errors import HathoraError

_log = logging.getLogger(__name__)

_RUNS: Final = (ProcessStatus.RUNNING, ProcessStatus.DRAINING)
_FORGETS_EVERY: Final = 3600.0
_STORE: Final = "samples"


class Sampler:
    """A thread that looks at every running process at an interval, and sleeps while there is none."""

    def __init__(self, *, settings: CloudSettings, store: Store, runtime: Runtime) -> None:
        self._settings = settings
        self._store = store
        self._runtime = runtime
        self._live = threading.Event()
        self._closed = threading.Event()
        self._before: dict[str, _Reading] = {}
        """By process: the last one."""
        self._forgets_at = time.monotonic()
        self._troubles = Troubles()
        self._thread = threading.Thread(target=self._loop, name="sampler")

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is a live process: to be said again and again for as long as there is one."""
        self._live.set()

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
                self._keep(list(self._samples()))
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

    def _samples(self) -> Iterator[SampleRecord]:
        with self._store.read() as connection:
            live = processes.live(connection)
        before, self._before = self._before, {}
        for process in live:
            if self._closed.is_set():
                return
            if process.status in _RUNS and process.runtime == self._runtime.name:
                used = self._measure(process)
                if used != Measurement():
                    seen = _Reading(time.monotonic(), used.cpu_seconds)
                    self._before[process.process_id] = seen
                    yield SampleRecord(
                        process_id=process.process_id,
                        at=datetime.now(UTC),
                        cpu=seen.cores_since(before.get(process.process_id)),
                        memory=used.memory,
                        total_egress=used.total_egress,
                        active_connections=used.active_connections,
                    )

    def _measure(self, process: ProcessRecord) -> Measurement:
        assert process.handle is not None  # it was started
        try:
            used = self._runtime.measure(process.handle, bindings_of(process))
        except Exception as error:  # noqa: BLE001 - one process must not keep the others from being measured
            problem = error.message if isinstance(error, HathoraError) else repr(error)
            if self._troubles.note(process.process_id, problem):
                _log.warning("process %s is not measured: %s", process.process_id, problem)
            return Measurement()
        self._troubles.settle(process.process_id)
        return used


@dataclass(frozen=True)
class _Reading:
    """How much CPU a process had used, and when."""

    at: float
    cpu_seconds: float | None

    def cores_since(self, before: _Reading | None) -> float | None:
        """Cores in use between two readings; those of programs that are gone may be missing from the later."""
        if before is None or before.cpu_seconds is None or self.cpu_seconds is None:
            return None
        return max(0.0, self.cpu_seconds - before.cpu_seconds) / (self.at - before.at)
