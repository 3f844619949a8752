"""Tells which processes nobody needs any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from hathora_deploy.cloud.runtime.port import Runtime
from hathora_deploy.cloud.specs import bindings_of
from hathora_deploy.cloud.state import processes
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store


class Idleness:
    """How long each process that may be idle has been without rooms and connections.

    Each cloud counts anew: what happened while none ran, nobody saw. The clock is one that is never set.
    """

    def __init__(
        self,
        *,
        timeout: float,
        store: Store,
        runtime: Runtime,
        last_connected: Callable[[str], float | None],
    ) -> None:
        """``last_connected`` is when a process was last seen with a connection, on the monotonic clock."""
        self._timeout = timeout
        self._store = store
        self._runtime = runtime
        self._last_connected = last_connected
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}

    def look(self) -> None:
        """See which processes have no rooms. To be called again and again."""
        with self._store.read() as connection:
            empty = processes.without_rooms(connection)
        with self._lock:
            now = time.monotonic()
            self._since = {each: self._since.get(each, now) for each in empty}

    def is_over(self, process: ProcessRecord) -> bool:
        """Whether a process has been idle for as long as one may be.

        UDP has no connections: a process without a TCP port counts as idle when it has no rooms.
        """
        if not self.may_be_over(process):
            return False
        if not self._may_be_connected(process):
            return True
        with self._lock:
            if process.process_id in self._since:
                self._since[process.process_id] = time.monotonic()
        return False

    def may_be_over(self, process: ProcessRecord) -> bool:
        """Whether it is time to look closely at a process. Costs next to nothing."""
        with self._lock:
            empty_since = self._since.get(process.process_id)
        if empty_since is None:
            return False
        since = max(empty_since, self._last_connected(process.process_id) or empty_since)
        return time.monotonic() - since >= self._timeout

    def _may_be_connected(self, process: ProcessRecord) -> bool:
        """What a runtime cannot tell counts as connected."""
        assert process.handle is not None  # it runs
        bindings = bindings_of(process)
        if all(binding.protocol == "udp" for binding in bindings):
            return False
        return self._runtime.measure(process.handle, bindings).active_connections != 0
