"""Rows as records: a record is a dataclass whose fields are named as the columns of its table."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Connection, Select

RecordT = TypeVar("RecordT")


def first(connection: Connection, statement: Select[Any], record: type[RecordT]) -> RecordT | None:
    """The first row, or None."""
    row = connection.execute(statement.limit(1)).mappings().first()
    return None if row is None else record(**row)


def every(connection: Connection, statement: Select[Any], record: type[RecordT]) -> list[RecordT]:
    """All rows, in order."""
    return [record(**row) for row in connection.execute(statement).mappings()]
