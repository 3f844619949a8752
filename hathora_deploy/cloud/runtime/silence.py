"""When an engine did not answer: what ended then has ended with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

_MARGIN: Final = timedelta(seconds=1)
"""By which the clock of the engine may differ from ours, and the order of what happens at once."""


def _now() -> datetime:
    return datetime.now(UTC)


class Silence:
    """The last time that an engine was away, seen from whoever asks it again and again."""

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._answered_at = now()
        self._began_at: datetime | None = None
        self._ended_at: datetime | None = None
        self._lasts = False

    def begin(self) -> None:
        """It did not answer just now."""
        with self._lock:
            if not self._lasts:
                self._lasts, self._began_at, self._ended_at = True, self._answered_at, None

    def end(self) -> None:
        """It answered just now."""
        with self._lock:
            self._answered_at = self._now()
            if self._lasts:
                self._lasts, self._ended_at = False, self._answered_at

    def took(self, started_at: datetime, ended_at: datetime) -> bool:
        """Whether what ran for that time has ended with the engine."""
        with self._lock:
            if self._began_at is None:
                return False
            over_at = self._ended_at or self._now()
            # What was started when the engine was back did not end with it, however soon it did.
            return started_at <= over_at and (
                self._began_at - _MARGIN <= ended_at <= over_at + _MARGIN
            )
