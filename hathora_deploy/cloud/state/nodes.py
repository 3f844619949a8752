"""The node of this cloud: the machine that it runs on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from hathora_deploy.cloud import ids
from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import nodes


@dataclass(frozen=True)
class NodeRecord:
    """A node; its other figures are those that the machine has when it is asked."""

    node_id: str
    host: str
    started_at: datetime


def come_up(connection: Connection, *, host: str, now: datetime) -> None:
    """The cloud runs from now on. Its node keeps its id, also where the machine's name has changed."""
    node = current(connection)
    if node is None:
        node = NodeRecord(ids.new_node_id(), host, now)
        connection.execute(insert(nodes).values(**asdict(node)))
    else:
        connection.execute(update(nodes).values(host=host, started_at=now))


def current(connection: Connection) -> NodeRecord | None:
    """None before the cloud has come up for the first time."""
    return rows.first(connection, select(nodes), NodeRecord)
