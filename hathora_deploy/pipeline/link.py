"""How fast an upload takes bytes, and how many wait for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hathora_deploy.pipeline.clock import MONOTONIC, Clock

_HALF_LIFE: Final = 2.0
"""Seconds after which what was measured counts half."""
_LEAST: Final = 0.25
"""Seconds below which nothing is known: buffers take the first bytes at once, whatever the link."""


class Pace:
    """Bytes a second, of late."""

    def __init__(self) -> None:
        self._bytes = 0.0
        self._seconds = 0.0
        self._measured = 0.0

    def add(self, count: int, seconds: float) -> None:
        """So many bytes took so long; either may be 0."""
        fade = 0.5 ** (seconds / _HALF_LIFE)
        self._bytes = self._bytes * fade + count
        self._seconds = self._seconds * fade + seconds
        self._measured += seconds

    @property
    def rate(self) -> float | None:
        """None until it is known."""
        return self._bytes / self._seconds if self._measured >= _LEAST else None


class Link:
    """Is told by the threads of an upload; asked by who packs. Rates are of the time in which it is busy.

    None is a rate that is not known yet.
    """

    def __init__(self, *, clock: Clock = MONOTONIC) -> None:
        self._clock = clock
        self._taken = Pace()
        self._answered = Pace()
        self._waiting = 0
        self._at_work = 0
        self._since = clock()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """Bytes of parts that can be sent, and that nobody sends yet."""
        with self._lock:
            return self._waiting

    @property
    def most(self) -> float | None:
        """Bytes a second of all parts together that were handed over; some may be in buffers yet."""
        with self._lock:
            self._pass_time()
            return self._taken.rate

    @property
    def least(self) -> float | None:
        """Those of parts that have arrived."""
        with self._lock:
            self._pass_time()
            answered, taken = self._answered.rate, self._taken.rate
        # Parts that arrive together after a long time say little about the moment.
        return None if answered is None or taken is None else min(answered, taken)

    def ready(self, count: int) -> None:
        """A part of so many bytes can be sent."""
        with self._lock:
            self._waiting += count

    def skipped(self, count: int) -> None:
        """Such a part need not be sent."""
        with self._lock:
            self._waiting -= count

    @contextmanager
    def sending(self, count: int) -> Iterator[None]:
        """Such a part is sent, until it has arrived."""
        with self._lock:
            self._pass_time()
            self._waiting -= count
            self._at_work += 1
        try:
            yield
            with self._lock:
                self._answered.add(count, 0)
        finally:
            with self._lock:
                self._pass_time()
                self._at_work -= 1

    def taken(self, count: int) -> None:
        """Bytes have been handed over."""
        with self._lock:
            self._taken.add(count, 0)

    def _pass_time(self) -> None:
        now = self._clock()
        if self._at_work:
            self._taken.add(0, now - self._since)
            self._answered.add(0, now - self._since)
        self._since = now
