"""Bounds what others cause to be written down, and counts what is left out."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from hathora_deploy.cloud.rates import Rate


class Allowance:
    """As much as a rate allows; any thread may take of it."""

    def __init__(self, rate: Rate, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._full_at = 0.0
        self._left_out = 0
        self._lock = Lock()

    def take(self) -> bool:
        """Whether one more is allowed; one that is not is counted."""
        with self._lock:
            self._full_at, early = self._rate.take(self._full_at, self._clock())
            self._left_out += bool(early)
            return not early

    def left_out(self) -> int:
        """How many were not allowed since this was asked last."""
        with self._lock:
            count, self._left_out = self._left_out, 0
            return count
