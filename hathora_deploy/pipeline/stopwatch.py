"""How long the steps of a deploy take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """``seconds`` of each step that is over, by its name; ``begun`` hears of each that begins."""

    def __init__(self, begun: Callable[[str], object]) -> None:
        self.seconds: dict[str, float] = {}
        self._begun = begun

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure the block."""
        self._begun(name)
        started = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - started
