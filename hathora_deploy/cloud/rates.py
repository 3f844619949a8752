"""How often something may be done. Decides only: whoever asks keeps the tally and the clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

_WRITTEN: Final = re.compile(r"(?P<per_second>\d{1,7}(\.\d{1,3})?):(?P<burst>\d{1,9})")


@dataclass(frozen=True)
class Rate:
    """A bucket of ``burst`` tokens, to which ``per_second`` are added as long as it is not full."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1:
            raise ValueError(f"is no rate: {self}")

    def __str__(self) -> str:
        return f"{self.per_second:.3f}".rstrip("0").rstrip(".") + f":{self.burst}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The one whose ``str`` is ``text``. Raises ValueError."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"is no rate such as 500:1000, which is PER-SECOND:BURST: {text}")
        return cls(float(found["per_second"]), int(found["burst"]))

    def take(self, full_at: float, now: float) -> tuple[float, float]:
        """Take a token from a bucket that is full again at ``full_at``.

        Returns when it is full again then, and how many seconds too early this came: more than 0
        means that nothing was taken. Times are in seconds, on a clock that never goes back.
        """
        then = max(full_at, now) + 1 / self.per_second
        early = then - now - self.burst / self.per_second
        # Sums of fractions are off by a little: a token that is there is never refused for that.
        return (then, 0.0) if early <= _ROUNDING else (full_at, early)


_ROUNDING: Final = 1e-6
