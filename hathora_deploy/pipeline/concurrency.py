"""How many parts are sent at once: as many as help. Decides only."""

from __future__ import annotations

from typing import Final

FIRST: Final = 4
"""Where it begins: one connection seldom fills a link."""
_PERIOD: Final = 1.0
"""Seconds over which a rate is measured, at least."""
_WORTH_IT: Final = 1.1
"""The gain that makes more connections worth having."""
_REST: Final = 10.0
"""Seconds after trouble, or after more did not help, in which no more are tried."""


class Concurrency:
    """Adds parts while the rate grows, goes back when it does not, and halves them on trouble.

    ``now`` is in seconds and never goes back.
    """

    def __init__(self, *, most: int, now: float) -> None:
        self._most = most
        self._best = 0.0
        self._earlier: int | None = None
        self._begun = now
        self._bytes = 0
        self._parts = 0
        self._rests_until = now
        self.target = min(FIRST, most)

    def sent(self, size: int, *, now: float) -> None:
        """A part of ``size`` bytes has arrived."""
        self._bytes += size
        self._parts += 1
        seconds = now - self._begun
        # Every connection has a say, or a rate would be that of those that are early.
        if seconds < _PERIOD or self._parts < self.target:
            return
        rate = self._bytes / seconds
        self._measure_from(now)
        if self._earlier is not None:
            if rate < self._best * _WORTH_IT:
                self.target, self._earlier = self._earlier, None
                self._rests_until = now + _REST
                return
            self._earlier = None
        self._best = rate
        if now >= self._rests_until and self.target < self._most:
            self._earlier = self.target
            self.target = min(self._most, self.target + max(1, self.target // 2))

    def troubled(self, *, now: float) -> None:
        """The store asked for less, or the link carries no more."""
        self._earlier = None
        self._measure_from(now)
        if now >= self._rests_until or self.target > FIRST:
            self.target = max(1, self.target // 2)
        self._rests_until = now + _REST

    def _measure_from(self, now: float) -> None:
        self._begun, self._bytes, self._parts = now, 0, 0
