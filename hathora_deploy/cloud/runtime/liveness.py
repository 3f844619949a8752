"""Tells which of many programs have ended, all at once."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Collection, Hashable
from typing import Final, Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)

_HAS_DESCRIPTORS: Final = hasattr(os, "pidfd_open")


class Liveness(Generic[KeyT]):
    """Programs that are watched, each by a key. On Linux to look at hundreds is one call to the system.

    ``pid_of`` finds the program of a key, None if it has ended; it may take its time.
    """

    def __init__(self, pid_of: Callable[[KeyT], int | None]) -> None:
        self._pid_of = pid_of
        self._descriptors: dict[KeyT, int] = {}
        self._lock = threading.Lock()

    def ended(self, keys: Collection[KeyT]) -> set[KeyT]:
        """Those of the keys whose program has ended. The others of the earlier ones are watched no more."""
        if not _HAS_DESCRIPTORS:
            return {key for key in keys if self._pid_of(key) is None}
        with self._lock:
            for key in self._descriptors.keys() - set(keys):
                os.close(self._descriptors.pop(key))
            ended = {key for key in keys if not self._is_watched(key)}
            poll = select.poll()
            watched = {self._descriptors[key]: key for key in keys if key not in ended}
            for descriptor in watched:
                poll.register(descriptor, select.POLLIN)
            ended |= {watched[descriptor] for descriptor, _ in poll.poll(0)}
            return ended

    def close(self) -> None:
        self.ended(())

    def _is_watched(self, key: KeyT) -> bool:
        if key in self._descriptors:
            return True
        pid = self._pid_of(key)
        if pid is None:
            return False
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        self._descriptors[key] = descriptor
        # The number may have gone to another program between the two calls.
        if self._pid_of(key) == pid:
            return True
        os.close(self._descriptors.pop(key))
        return False
