"""Shows the other clouds of a database that this one lives, and takes over from those that do not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from hathora_deploy.cloud.builder import Builder
from hathora_deploy.cloud.node import Folders
from hathora_deploy.cloud.runtime.port import Runtime
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import assignments, nodes, processes
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.troubles import Troubles
from hathora_deploy.errors import HathoraError

_log = logging.getLogger(__name__)

_BEATS_IN_TIME: Final = 6
_DATABASE: Final = "database"


class Membership:
    """A thread that beats, and watches the beats of the others. A cloud alone on its database has none.

    Nobody's clock is believed: a cloud is dead when its beat, looked at again and again, has not
    changed for the time of ``node_timeout``.
    """

    def __init__(
        self,
        *,
        settings: CloudSettings,
        store: Store,
        runtime: Runtime,
        node: NodeRecord,
        folders: Folders,
        builder: Builder,
        on_change: Callable[[], None],
        on_return: Callable[[], None],
    ) -> None:
        """``on_change`` is called when there is more to look after, ``on_return`` when others took
        this cloud for dead, and it was not."""
        self._timeout = settings.node_timeout
        self._store = store
        self._runtime = runtime
        self._node = node
        self._builder = builder
        self._on_change = on_change
        self._on_return = on_return
        self._folders = folders
        self._watch = Watch(self._timeout)
        self._troubles = Troubles()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="membership")

    def start(self) -> None:
        """Come up. What a cloud of this folder had begun before is this one's."""
        with self._store.write() as connection:
            nodes.come_up(connection, self._node)
        if self._store.is_shared:
            self._thread.start()

    def start_leaving(self) -> None:
        """From now on, new processes are given to the others."""
        if self._thread.ident is not None:
            self._try(self._start_leaving)

    def close(self, *, comes_back: bool = False) -> None:
        """Nothing runs here any more; or it runs on for a cloud that ``comes_back`` in time."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join()
            if not comes_back:
                self._try(self._leave)

    def _loop(self) -> None:
        while not self._closed.wait(self._timeout / _BEATS_IN_TIME):
            self._try(self._look)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - a thread that ends would be taken for a dead cloud
            problem = error.message if isinstance(error, HathoraError) else repr(error)
            if self._troubles.note(_DATABASE, problem):
                _log.warning("the other clouds of the database are not seen: %s", problem)
            return
        self._troubles.settle(_DATABASE)

    def _look(self) -> None:
        with self._store.write() as connection:
            was_taken_for_dead = not nodes.beat(connection, self._node.node_id)
        with self._store.read() as connection:
            others = [
                node for node in nodes.present(connection) if node.node_id != self._node.node_id
            ]
            is_work_left = bool(assignments.orphans(connection))
        if was_taken_for_dead:
            _log.warning("others have taken this cloud for dead, and its processes over")
            self._on_return()
        silent = self._watch.look(others, time.monotonic())
        if silent or is_work_left:
            self._take_over(silent)

    def _take_over(self, silent: list[NodeRecord]) -> None:
        with self._store.write() as connection:
            for node in silent:
                nodes.bury(connection, node)
                _log.warning("the cloud on %s, %s, gives no sign of life", node.host, node.node_id)
            for process in assignments.orphans(connection):
                self._adopt(connection, process)
            self._builder.fail_of_the_dead(connection)
        self._on_change()

    def _adopt(self, connection: Connection, process: ProcessRecord) -> None:
        """What this runtime finds goes on; of anything else the next look says that it is lost."""
        is_elsewhere = not self._folders.is_own(process.booted_by)
        if is_elsewhere and self._folders.is_within_reach(connection, process.booted_by):
            theirs = self._folders.of(connection, process.booted_by)
            if theirs is not None:
                self._runtime.adopt(process.process_id, theirs.artifacts_dir)
            else:
                # An engine that both reach: its log is copied anew, to this machine.
                processes.change(connection, process.process_id, booted_by=self._node.node_id)
            if process.handle is None:
                # It may have been started and not been written down; it is started again.
                self._runtime.clear(process.process_id)
        assignments.assign(connection, process.process_id, self._node.node_id)

    def _start_leaving(self) -> None:
        with self._store.write() as connection:
            nodes.start_leaving(connection, self._node.node_id)

    def _leave(self) -> None:
        with self._store.write() as connection:
            nodes.leave(connection, self._node.node_id)


@dataclass(frozen=True)
class _Seen:
    beats: int | None
    since: float


class Watch:
    """Finds those whose beats do not change. Pure: it is told the time."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._seen: dict[str, _Seen] = {}
        self._looked_at: float | None = None

    def look(self, others: list[NodeRecord], now: float) -> list[NodeRecord]:
        """Those that were silent for the whole timeout, while this cloud was looking."""
        last, self._looked_at = self._looked_at, now
        if last is not None and now - last > self._timeout / 2:
            # It was asleep, or the database away: the others may have been just as well.
            self._seen = {}
        before, self._seen = self._seen, {}
        for node in others:
            seen = before.get(node.node_id)
            is_same = seen is not None and seen.beats == node.beats
            self._seen[node.node_id] = seen if seen and is_same else _Seen(node.beats, now)
        return [node for node in others if now - self._seen[node.node_id].since > self._timeout]
