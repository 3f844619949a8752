"""The rate that all parts together are held to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from hathora_deploy.pipeline.clock import MONOTONIC, Clock

_AHEAD: Final = 0.25
"""Seconds' worth of bytes that may be sent at once after a pause."""
_PIECES: Final = 8
"""Pieces a second at least, where the rate allows it: so that sending is smooth."""


class TokenBucket:
    """Bytes that may be sent, filled at ``rate`` a second. Decides only: the caller waits."""

    def __init__(self, rate: float, *, now: float) -> None:
        self._rate = rate
        self._paid_until = now - _AHEAD

    def take(self, count: int, *, now: float) -> float:
        """The seconds to wait before ``count`` bytes are sent, which are taken."""
        self._paid_until = max(self._paid_until, now - _AHEAD) + count / self._rate
        return max(0.0, self._paid_until - now)


class Limiter:
    """A bucket that several threads take from, and wait for, in turn."""

    def __init__(self, rate: float, *, clock: Clock = MONOTONIC) -> None:
        self.largest_piece = max(1, int(rate / _PIECES))
        self._clock = clock
        self._bucket = TokenBucket(rate, now=clock())
        self._lock = threading.Lock()

    def wait(self, count: int, sleep: Callable[[float], object]) -> None:
        """Return when ``count`` bytes may be sent; ``sleep`` may end the wait by raising."""
        with self._lock:
            seconds = self._bucket.take(count, now=self._clock())
        if seconds > 0:
            sleep(seconds)
