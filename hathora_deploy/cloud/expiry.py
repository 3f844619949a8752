"""Clears away, again and again, what has had its time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hathora_deploy.cloud.troubles import Troubles
from hathora_deploy.errors import HathoraError

_log = logging.getLogger(__name__)

_LAST_WAIT: Final = 1.0


@dataclass(frozen=True)
class Sweep:
    """Something that has had its time, and how it goes."""

    what: str
    """In the plural, for the log: ``uploads that nobody completed``."""
    interval: float
    """Seconds between two looks."""
    clear: Callable[[], int]
    """Clears it away, and says how many there were."""


class Expiry:
    """A thread that sweeps: when it starts, and each sweep at its interval."""

    def __init__(self, sweeps: Sequence[Sweep]) -> None:
        self._sweeps = sweeps
        self._closed = threading.Event()
        self._troubles = Troubles()
        # A daemon, because a store that does not answer must not keep the cloud from ending.
        self._thread = threading.Thread(target=self._loop, name="expiry", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join(_LAST_WAIT)

    def _loop(self) -> None:
        due = dict.fromkeys(self._sweeps, 0.0)
        while not self._closed.is_set():
            for sweep in self._sweeps:
                if due[sweep] <= time.monotonic() and not self._closed.is_set():
                    self._sweep(sweep)
                    due[sweep] = time.monotonic() + sweep.interval
            self._closed.wait(max(0.0, min(due.values()) - time.monotonic()))

    def _sweep(self, sweep: Sweep) -> None:
        try:
            count = sweep.clear()
        except Exception as error:  # noqa: BLE001 - the next look may fare better, and there has to be one
            problem = error.message if isinstance(error, HathoraError) else repr(error)
            if self._troubles.note(sweep.what, problem):
                _log.warning("%s are not cleared away: %s", sweep.what, problem)
            return
        self._troubles.settle(sweep.what)
        if count:
            _log.info("cleared away %s: %d", sweep.what, count)
