"""Ends calls before their time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakSet

from hathora_deploy.client.errors import RequestAbortedError


class Listener(Protocol):
    """What has to be told of an abort; it is told once, by the thread that aborts."""

    def aborted(self) -> None: ...


class Abort:
    """Once it is set, from any thread, the calls that were given it end with RequestAbortedError."""

    def __init__(self) -> None:
        # A signal handler may set it in the middle of a call.
        self._lock = threading.RLock()
        self._is_set = False
        # Weak, for a stream that nobody reads any more is to close, not to wait for an abort.
        self._listeners: WeakSet[Listener] = WeakSet()

    def set(self) -> None:
        """End the calls that wait, and those that will be made."""
        with self._lock:
            self._is_set = True
            listeners = list(self._listeners)
        for listener in listeners:
            listener.aborted()

    def is_set(self) -> bool:
        return self._is_set

    def add(self, listener: Listener) -> None:
        """Tell it of the abort: at once where that was before."""
        with self._lock:
            self._listeners.add(listener)
            was_set = self._is_set
        if was_set:
            listener.aborted()

    def remove(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)


@dataclass(frozen=True)
class Aborts:
    """What may end a call: that its client is closed, and that the program gives up."""

    closing: Abort
    abort: Abort | None

    def __iter__(self) -> Iterator[Abort]:
        return iter((self.closing,) if self.abort is None else (self.closing, self.abort))

    def is_set(self) -> bool:
        return any(abort.is_set() for abort in self)

    def error(self, *, was_sent: bool) -> RequestAbortedError:
        """What a call raises that one of them ended."""
        why = "the client was closed" if self.closing.is_set() else "the call was aborted"
        return RequestAbortedError(why, was_sent=was_sent)

    @contextmanager
    def told_to(self, listener: Listener) -> Iterator[None]:
        """While the block runs, ``listener`` is told of an abort."""
        for abort in self:
            abort.add(listener)
        try:
            yield
        finally:
            for abort in self:
                abort.remove(listener)
