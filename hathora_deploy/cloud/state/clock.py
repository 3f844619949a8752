"""The clock that all clouds of a database share, whatever those of their machines say."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select


def now(connection: Connection) -> datetime:
    """The moment by the database's server; a file has the clock of its only machine."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment
