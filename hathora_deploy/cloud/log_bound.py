"""Bounds the cloud's own log: what others cause again and again is told a while, then now and then."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from hathora_deploy.cloud.allowance import Allowance
from hathora_deploy.cloud.rates import Rate

LINES: Final = Rate(1 / 60, 1000)
"""Of each kind, which are as many as the program has places that tell of something."""


class FewOfEach(logging.Filter):
    """Lets records of a kind through as long as there are few; the next one says how many were not."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._of: dict[tuple[str, int], Allowance] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place = (record.pathname, record.lineno)
        allowance = self._of.get(place)
        if allowance is None:
            allowance = self._of.setdefault(place, Allowance(LINES, clock=self._clock))
        if not allowance.take():
            return False
        if count := allowance.left_out():
            record.msg = f"{record.getMessage()} (and {count} more like this before)"
            record.args = ()
        return True
