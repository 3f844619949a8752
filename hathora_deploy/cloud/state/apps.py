"""Applications."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, bindparam, cast, insert, select, update

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import apps

_GET = select(apps).where(apps.c.app_id == bindparam("app_id"), apps.c.deleted_at.is_(None))


@dataclass(frozen=True)
class AppRecord:
    """An application; the configurations are JSON as it came over the wire."""

    app_id: str
    org_id: str
    name: str
    secret: str
    auth_configuration: dict[str, Any]
    service_config: dict[str, Any] | None
    created_at: datetime
    created_by: str
    deleted_at: datetime | None = None
    deleted_by: str | None = None


def add(connection: Connection, app: AppRecord) -> None:
    connection.execute(insert(apps).values(**asdict(app)))


def get(connection: Connection, app_id: str) -> AppRecord | None:
    """The application, unless it is deleted."""
    return rows.find(connection, _GET, AppRecord, app_id=app_id)


def recall(connection: Connection, app_id: str) -> AppRecord | None:
    """The application, deleted or not: its processes may still be ending."""
    return rows.first(connection, select(apps).where(apps.c.app_id == app_id), AppRecord)


def find_by_name(connection: Connection, org_id: str, name: str) -> AppRecord | None:
    statement = select(apps).where(
        apps.c.org_id == org_id, apps.c.name == name, apps.c.deleted_at.is_(None)
    )
    return rows.first(connection, statement, AppRecord)


def list_of_org(connection: Connection, org_id: str) -> list[AppRecord]:
    statement = select(apps).where(apps.c.org_id == org_id, apps.c.deleted_at.is_(None))
    return rows.every(connection, statement.order_by(apps.c.created_at), AppRecord)


def with_service_config(connection: Connection) -> list[AppRecord]:
    """Those that may keep processes, of all organizations."""
    # None is kept as JSON's null, which is not SQL's.
    has_config = cast(apps.c.service_config, String) != "null"
    statement = select(apps).where(apps.c.deleted_at.is_(None), has_config)
    return rows.every(connection, statement.order_by(apps.c.created_at), AppRecord)


def change(connection: Connection, app_id: str, **values: Any) -> None:
    connection.execute(update(apps).where(apps.c.app_id == app_id).values(**values))
