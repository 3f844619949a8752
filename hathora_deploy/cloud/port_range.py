"""A range of ports of this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

_WRITTEN: Final = re.compile(r"(?P<first>\d{1,5})-(?P<last>\d{1,5})")
_LAST: Final = 65535


@dataclass(frozen=True)
class PortRange:
    """From the first to the last, both included."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 < self.first <= self.last <= _LAST:
            raise ValueError(f"is no range of ports from 1 to {_LAST}: {self}")

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def __len__(self) -> int:
        return self.last - self.first + 1

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The one whose ``str`` is ``text``. Raises ValueError."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"is no range such as 26000-26999: {text}")
        return cls(int(found["first"]), int(found["last"]))
