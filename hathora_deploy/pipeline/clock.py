"""What times are measured by."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

Clock = Callable[[], float]
MONOTONIC: Final[Clock] = time.monotonic
"""Seconds that no correction of the machine's clock moves."""
