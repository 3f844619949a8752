"""Deploys that want an app for themselves, in line: the first one has it.

A lease that has run out is removed only when another deploy asks for the app. Until then its holder, who may
have been out of reach, can renew it: nobody has deployed in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import deploy_leases


@dataclass(frozen=True)
class DeployLeaseRecord:
    """A lease, or the place in line for it. The id that its holder knows is kept as a digest."""

    number: int
    app_id: str
    digest: str
    holder: str
    created_at: datetime
    until: datetime


def ask(
    connection: Connection,
    app_id: str,
    digest: str,
    *,
    holder: str,
    now: datetime,
    until: datetime,
) -> DeployLeaseRecord:
    """Stand in line, at its end unless it does already, in a transaction that writes; who is first."""
    of_app = deploy_leases.c.app_id == app_id
    is_own = deploy_leases.c.digest == digest
    connection.execute(delete(deploy_leases).where(of_app, ~is_own, deploy_leases.c.until <= now))
    if not _extend(connection, app_id, digest, until):
        connection.execute(
            insert(deploy_leases).values(
                app_id=app_id, digest=digest, holder=holder, created_at=now, until=until
            )
        )
    found = first(connection, app_id)
    assert found is not None
    return found


def renew(connection: Connection, app_id: str, digest: str, *, until: datetime) -> bool:
    """In a transaction that writes; False where it is not the first in line, or not there any more."""
    found = first(connection, app_id)
    is_first = found is not None and found.digest == digest
    return is_first and _extend(connection, app_id, digest, until)


def release(connection: Connection, app_id: str, digest: str) -> bool:
    """Leave the line; False for who does not stand in it."""
    gone = connection.execute(
        delete(deploy_leases).where(
            deploy_leases.c.app_id == app_id, deploy_leases.c.digest == digest
        )
    )
    return gone.rowcount > 0


def first(
    connection: Connection, app_id: str, *, at: datetime | None = None
) -> DeployLeaseRecord | None:
    """The first in line; with ``at``, the first whose time has not run out then."""
    statement = select(deploy_leases).where(deploy_leases.c.app_id == app_id)
    if at is not None:
        statement = statement.where(deploy_leases.c.until > at)
    return rows.first(connection, statement.order_by(deploy_leases.c.number), DeployLeaseRecord)


def _extend(connection: Connection, app_id: str, digest: str, until: datetime) -> bool:
    changed = connection.execute(
        update(deploy_leases)
        .where(deploy_leases.c.app_id == app_id, deploy_leases.c.digest == digest)
        .values(until=until)
    )
    return changed.rowcount > 0
