"""Brings every process to where it should be, and keeps as many as applications want."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud.allocator import Allocator
from hathora_deploy.cloud.assignment import Assignment
from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.idleness import Idleness
from hathora_deploy.cloud.lifecycle import Lifecycle
from hathora_deploy.cloud.node import Folders
from hathora_deploy.cloud.runtime.port import Runtime
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import processes
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.troubles import Troubles
from hathora_deploy.errors import HathoraError

_log = logging.getLogger(__name__)

_LOOK_OFTEN: Final = 0.05
_LOOK_SELDOM: Final = 0.5
_LOOK_FOR_OTHERS: Final = 0.25
"""What another cloud of the database has given to this one wakes nobody."""
_LOOK_CLOSELY: Final = 30.0
"""At each process by itself. In between it is asked of all of them together whether they have ended."""
_AFTER_TROUBLE: Final = 1.0
_STARTS_AT_ONCE: Final = 16
_ENDS_AT_ONCE: Final = 256
"""An end is mostly waiting, as long as the grace of a stop, and holds up no start."""
_LAST_TRIES: Final = 3
_STEADY: Final = (ProcessStatus.RUNNING, ProcessStatus.DRAINING)
"""Nothing is waited for: the processes that are so are looked at seldom."""
_GLANCE: Final = "a glance at all processes"
_ALLOCATION: Final = "static process allocation"
_LIVE: Final = "what it is to run"
_IDLENESS: Final = "idle processes"


class Reconciler:
    """Looks at every live process again and again and takes the one step that is due.

    What it needs to go on stands in the database, so a cloud that starts again goes on here.
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
        on_live: Callable[[], None],
    ) -> None:
        """``on_live`` is called at every look that finds a live process."""
        self._store = store
        self._runtime = runtime
        self._on_live = on_live
        self._idleness = idleness
        self._lifecycle = Lifecycle(
            settings=settings,
            store=store,
            runtime=runtime,
            idleness=idleness,
            node=node,
            folders=folders,
            wake=self.wake,
        )
        self._folders = folders
        self._assignment = Assignment(store=store, node=node)
        self._allocator = Allocator(store=store)
        self._longest = _LOOK_FOR_OTHERS if store.is_shared else None
        self._starters = ThreadPoolExecutor(_STARTS_AT_ONCE, thread_name_prefix="process")
        self._enders = ThreadPoolExecutor(_ENDS_AT_ONCE, thread_name_prefix="process end")
        self._due = threading.Event()
        self._closed = threading.Event()
        self._leaves_processes = False
        self._lock = threading.Lock()
        self._in_hand: set[str] = set()
        self._seen: Set[str] = frozenset()
        """Live processes of the last look. One that is new may be another cloud's that died."""
        self._last_read: tuple[int, list[ProcessRecord]] | None = None
        """The live processes, and how often something had moved when they were read."""
        self._troubles = Troubles()
        self._thread = threading.Thread(target=self._loop, name="reconciler")

    def start(self) -> None:
        """Begin, with the processes that an earlier cloud left."""
        self.end_strays()
        self._due.set()
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was asked for."""
        self._due.set()

    def close(self, *, leaves_processes: bool = False) -> None:
        """Stop every process and return when the last has ended; or leave them to the next cloud."""
        self._leaves_processes = leaves_processes
        self._closed.set()
        self.wake()
        if self._thread.ident is not None:
            self._thread.join()
        self._starters.shutdown()
        self._enders.shutdown()

    def end_strays(self) -> None:
        """End what a cloud that was killed had started, or was ending, and had not yet written down.

        And what went on here while the other clouds of the database took this one for dead.
        """
        try:
            for process_id in self._runtime.process_ids():
                with self._store.read() as connection:
                    process = processes.get(connection, process_id)
                if process is None:
                    self._runtime.clear(process_id)
                    continue
                is_own = self._folders.is_own(process.node_id)
                was_own = self._folders.is_own(process.booted_by)
                if (is_own and process.handle is None) or (
                    (is_own or was_own) and process.has_ended
                ):
                    self._runtime.clear(process_id)
        except CloudError as error:
            _log.warning("what an earlier cloud left was not looked for: %s", error.message)

    def _loop(self) -> None:
        next_of_running = next_of_all = time.monotonic()
        while True:
            if self._closed.is_set() and self._leaves_processes:
                return
            self._due.clear()
            next_start = self._allocate()
            live = self._live()
            if not live and self._closed.is_set():
                return
            if live:
                self._on_live()
            due = [process for process in live if process.status not in _STEADY]
            if time.monotonic() >= next_of_all or self._closed.is_set():
                next_of_all = time.monotonic() + _LOOK_CLOSELY
                due = live
            elif time.monotonic() >= next_of_running:
                next_of_running = time.monotonic() + _LOOK_SELDOM
                self._look_for_idle()
                due += self._changed([process for process in live if process.status in _STEADY])
            self._seen = {process.process_id for process in live}
            for process in due:
                self._take_in_hand(process)
            pause = _pause(live, next_start)
            self._due.wait(min(pause or _LOOK_SELDOM, self._longest) if self._longest else pause)

    def _changed(self, steady: list[ProcessRecord]) -> list[ProcessRecord]:
        """Those that something is to be done about, as far as a glance at all of them tells."""
        own = {
            process.handle
            for process in steady
            if process.handle is not None and process.runtime == self._runtime.name
        }
        try:
            ended = self._runtime.ended(own)
            self._troubles.settle(_GLANCE)
        except CloudError as error:
            ended = own  # each says by itself what is wrong
            if self._troubles.note(_GLANCE, error.message):
                _log.warning("processes are looked at one by one: %s", error.message)
        return [
            process
            for process in steady
            if process.handle not in own - ended
            or process.process_id not in self._seen
            or process.status == ProcessStatus.DRAINING
            or self._idleness.may_be_over(process)
        ]

    def _allocate(self) -> float | None:
        """Start and drain the processes that applications keep.

        Seconds until one is due that failed and has to wait; None if there is none.
        """
        if self._closed.is_set():
            return None
        try:
            wait = self._allocator.step(datetime.now(UTC))
        except HathoraError as error:
            if self._troubles.note(_ALLOCATION, error.message):
                _log.warning("%s: %s", _ALLOCATION, error.message)
            return _AFTER_TROUBLE
        except Exception as error:  # noqa: BLE001 - the processes that there are must be looked at
            if self._troubles.note(_ALLOCATION, repr(error)):
                _log.exception(_ALLOCATION)
            return _AFTER_TROUBLE
        self._troubles.settle(_ALLOCATION)
        return wait.total_seconds() if wait is not None else None

    def _look_for_idle(self) -> None:
        try:
            self._idleness.look()
        except (HathoraError, SQLAlchemyError) as error:
            if self._troubles.note(_IDLENESS, str(error)):
                _log.warning("nobody knows which processes are idle: %s", error)
            return
        self._troubles.settle(_IDLENESS)

    def _live(self) -> list[ProcessRecord]:
        moves = self._store.moves.count
        if (
            self._last_read is not None
            and self._last_read[0] == moves
            and not self._store.is_shared
        ):
            live = self._last_read[1]
        else:
            live = self._read_live()
            self._last_read = moves, live
        if self._closed.is_set():
            # A disk or an engine that fails must not keep the cloud from ending.
            return [p for p in live if self._troubles.count(p.process_id) < _LAST_TRIES]
        return live

    def _read_live(self) -> list[ProcessRecord]:
        while True:
            try:
                mine = self._assignment.mine()
                self._troubles.settle(_LIVE)
                return mine
            except (HathoraError, SQLAlchemyError) as error:
                if self._troubles.note(_LIVE, str(error)):
                    _log.warning("the cloud cannot read what it is to run: %s", error)
                if self._closed.wait(_AFTER_TROUBLE):
                    return []

    def _take_in_hand(self, process: ProcessRecord) -> None:
        with self._lock:
            if process.process_id in self._in_hand:
                return
            self._in_hand.add(process.process_id)
        is_to_end = self._closed.is_set() or process.status == ProcessStatus.STOPPING
        workers = self._enders if is_to_end else self._starters
        workers.submit(self._work_on, process.process_id)

    def _work_on(self, process_id: str) -> None:
        try:
            is_closing = self._closed.is_set() and not self._leaves_processes
            self._lifecycle.step(process_id, is_closing=is_closing)
            self._troubles.settle(process_id)
        except HathoraError as error:
            if self._troubles.note(process_id, error.message):
                _log.warning("process %s: %s", process_id, error.message)
            self._closed.wait(_AFTER_TROUBLE)
        except Exception as error:  # noqa: BLE001 - one process must not keep the others from being looked at
            if self._troubles.note(process_id, repr(error)):
                _log.exception("process %s", process_id)
            self._closed.wait(_AFTER_TROUBLE)
        finally:
            with self._lock:
                self._in_hand.discard(process_id)


def _pause(live: list[ProcessRecord], next_start: float | None) -> float | None:
    """Seconds until the next look; None waits until something is asked for."""
    if any(process.status not in _STEADY for process in live):
        return _LOOK_OFTEN
    pauses = [next_start] if next_start is not None else []
    return min([*pauses, _LOOK_SELDOM] if live else pauses, default=None)
