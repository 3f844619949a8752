"""Rows as records: a record is a dataclass whose fields are named as the columns of its table.

To put a statement together takes longer than to carry it out. What every room that is created needs is prepared: a
statement of the module, with a parameter for each value.
"""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Connection, Select

RecordT = TypeVar("RecordT")


def first(connection: Connection, statement: Select[Any], record: type[RecordT]) -> RecordT | None:
    """The first row, or None."""
    row = connection.execute(statement.limit(1)).mappings().first()
    return None if row is None else record(**row)


def find(
    connection: Connection, prepared: Select[Any], record: type[RecordT], **values: Any
) -> RecordT | None:
    """The row that a prepared statement selects, which is one at most; or None."""
    row = connection.execute(prepared, values).mappings().first()
    return None if row is None else record(**row)


def every(connection: Connection, statement: Select[Any], record: type[RecordT]) -> list[RecordT]:
    """All rows, in order."""
    return [record(**row) for row in connection.execute(statement).mappings()]
