"""Who created, changed, stopped or deleted what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import audit_log


@dataclass(frozen=True)
class AuditRecord:
    """A call that was to change something, and what came of it."""

    at: datetime
    org_id: str | None
    """Whose it was, where that can be said."""
    caller: str
    operation: str
    subject: dict[str, str]
    """Ids of what it was about and of what it made, by their names on the wire."""
    status: int
    request_id: str


_COLUMNS = [column for column in audit_log.c if column.name != "number"]


def add(connection: Connection, records: Sequence[AuditRecord]) -> None:
    connection.execute(insert(audit_log), [asdict(record) for record in records])


def latest(
    connection: Connection,
    *,
    since: datetime | None = None,
    operation: str | None = None,
    limit: int,
) -> list[AuditRecord]:
    """The last ones, oldest first."""
    statement = select(*_COLUMNS).order_by(audit_log.c.number.desc()).limit(limit)
    if since is not None:
        statement = statement.where(audit_log.c.at >= since)
    if operation is not None:
        statement = statement.where(audit_log.c.operation == operation)
    return rows.every(connection, statement, AuditRecord)[::-1]


def forget(connection: Connection, before: datetime) -> int:
    """How many there were."""
    return connection.execute(delete(audit_log).where(audit_log.c.at < before)).rowcount
