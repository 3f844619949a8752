"""How long a deploy bears with a cloud that does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ON_ITS_WAY: Final = 3.0
"""Seconds for which a call that got no answer may still reach the cloud and be carried out."""


@dataclass(frozen=True)
class Patience:
    """Times are in seconds; with 0, the first failure counts."""

    outage: float = 60.0
    """For which a cloud may be away while something is waited for."""
    undo: float = 5.0
    """For each thing that was begun and is taken back, while that fails, or it is yet to come."""

    def problems(self) -> Iterator[str]:
        """What is wrong with it."""
        if not self.outage >= 0:
            yield "patience.outage must not be less than 0"
        if not self.undo >= 0:
            yield "patience.undo must not be less than 0"


DEFAULT_PATIENCE: Final = Patience()
