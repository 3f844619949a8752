"""How often something may have changed that was told: which processes live, and where a room is."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Engine, event

_MOVED: Final = "has moved"
_MOVING: Final = (
    *("UPDATE rooms ", "UPDATE room_allocations ", "UPDATE processes "),
    "INSERT INTO processes ",
)
"""A room that is new was told to nobody: to insert one changes no answer."""


class Moves:
    """Counts the transactions of an engine that moved, ended or began something. Others have their own count."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "before_cursor_execute", self._look)
        # Once it is committed: who looked a moment before has seen the old, and counts from before.
        event.listen(engine, "checkin", self._settle)

    def _look(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(_MOVING):
            connection.info[_MOVED] = True

    def _settle(self, _connection: object, record: Any) -> None:
        if record.info.pop(_MOVED, False):
            self.count += 1
