"""Bounds how many connections one address may have open: each takes a file or two of the cloud's."""

from __future__ import annotations

from collections import Counter


class OpenConnections:
    """How many each address has."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: Counter[str] = Counter()

    def add(self, address: str) -> bool:
        """Count one more; False if that is too many."""
        self._of[address] += 1
        return self._of[address] <= self._most

    def remove(self, address: str) -> None:
        self._of[address] -= 1
        if self._of[address] <= 0:
            del self._of[address]

    def __len__(self) -> int:
        return self._of.total()
