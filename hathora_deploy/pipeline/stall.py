"""When an attempt counts as stalled. Decides only; who watches cuts the connection."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from hathora_deploy.pipeline.clock import MONOTONIC, Clock


class StallWatch:
    """Allows ``window`` seconds for each ``least`` bytes that move, and some for the answer.

    One thread sends and tells; another may ask ``is_stalled`` at any time.
    """

    def __init__(self, *, window: float, least: float, clock: Clock = MONOTONIC) -> None:
        self._window = window
        self._least = least
        self._clock = clock
        self._moved = 0
        self._deadline = clock() + window

    def moved(self, count: int) -> None:
        """So many bytes have been taken."""
        self._moved += count
        if self._moved >= self._least:
            self._moved = 0
            self._deadline = self._clock() + self._window

    def awaits_answer(self, seconds: float) -> None:
        """Everything is sent: now the other end has ``seconds`` for all of its answer."""
        self._deadline = self._clock() + seconds

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is not sent meanwhile is held back here, and by no fault of the connection."""
        self._deadline = math.inf
        try:
            yield
        finally:
            self._moved = 0
            self._deadline = self._clock() + self._window

    @property
    def is_stalled(self) -> bool:
        return self._clock() > self._deadline
