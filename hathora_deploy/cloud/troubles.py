"""What went wrong with each process of late, so that a trouble that lasts is told of once."""

from __future__ import annotations

from typing import Final

_KEPT: Final = 4


class Troubles:
    """By process: what each step since the last that went well has failed with."""

    def __init__(self) -> None:
        self._of: dict[str, list[str]] = {}

    def note(self, process_id: str, problem: str) -> bool:
        """Add a failure; True when the step before did not fail with the same."""
        earlier = self._of.get(process_id, [])
        self._of[process_id] = [*earlier, problem][-_KEPT:]
        return earlier[-1:] != [problem]

    def settle(self, process_id: str) -> None:
        """A step went well."""
        self._of.pop(process_id, None)

    def count(self, process_id: str) -> int:
        """How many steps in a row have failed; not more than are kept."""
        return len(self._of.get(process_id, ()))
