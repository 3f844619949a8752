"""Leases: work that one of the clouds of a database does for all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from hathora_deploy.cloud.state.tables import leases


def take(
    connection: Connection, name: str, node_id: str, *, now: datetime, until: datetime
) -> bool:
    """Take or renew a lease, in a transaction that writes; False while another has it."""
    held = connection.execute(
        select(leases.c.node_id).where(leases.c.name == name, leases.c.until > now)
    ).scalar_one_or_none()
    if held not in (None, node_id):
        return False
    connection.execute(delete(leases).where(leases.c.name == name))
    connection.execute(insert(leases).values(name=name, node_id=node_id, until=until))
    return True
