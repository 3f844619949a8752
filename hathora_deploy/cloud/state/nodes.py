"""The clouds that work on this database: each is a node, the machine that it runs on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import nodes

PRESENT: Final[Select[tuple[str]]] = select(nodes.c.node_id).where(nodes.c.beats.is_not(None))
"""The ids of those that run, as far as anybody knows."""


@dataclass(frozen=True)
class NodeRecord:
    """A node. What an earlier program did not write down is None."""

    node_id: str
    host: str
    started_at: datetime
    machine: str | None = None
    """The same of all clouds that see the same files."""
    site: str | None = None
    """The same of all clouds that find the same artifacts and processes."""
    home: str | None = None
    """Its folder."""
    vcpus: float | None = None
    memory_mb: int | None = None
    gpus: int | None = None
    beats: int | None = None
    """Grows for as long as the cloud lives; None of one that is gone."""
    is_leaving: bool = False
    """Whether it ends what it runs, and begins nothing."""


def come_up(connection: Connection, node: NodeRecord) -> None:
    """A cloud runs from now on."""
    connection.execute(delete(nodes).where(nodes.c.node_id == node.node_id))
    connection.execute(insert(nodes).values(**{**asdict(node), "beats": 1}))


def get(connection: Connection, node_id: str) -> NodeRecord | None:
    """The node, whether its cloud runs or not."""
    return rows.first(connection, select(nodes).where(nodes.c.node_id == node_id), NodeRecord)


def oldest(connection: Connection) -> NodeRecord | None:
    """None before a cloud has come up for the first time."""
    return rows.first(connection, select(nodes).order_by(nodes.c.started_at), NodeRecord)


def present(connection: Connection) -> list[NodeRecord]:
    """Those that run, as far as anybody knows; the first that came up first."""
    statement = select(nodes).where(nodes.c.beats.is_not(None))
    order = (nodes.c.started_at, nodes.c.node_id)
    return rows.every(connection, statement.order_by(*order), NodeRecord)


def beat(connection: Connection, node_id: str) -> bool:
    """A cloud lives; False when the others have taken it for dead meanwhile."""
    alive = connection.execute(
        update(nodes)
        .where(nodes.c.node_id == node_id, nodes.c.beats.is_not(None))
        .values(beats=nodes.c.beats + 1)
    )
    if alive.rowcount == 1:
        return True
    connection.execute(
        update(nodes)
        .where(nodes.c.node_id == node_id)
        .values(beats=func.coalesce(nodes.c.beats, 1))
    )
    return False


def bury(connection: Connection, node: NodeRecord) -> None:
    """A cloud is gone, unless it has beaten since ``node`` was read."""
    connection.execute(
        update(nodes)
        .where(nodes.c.node_id == node.node_id, nodes.c.beats == node.beats)
        .values(beats=None)
    )


def start_leaving(connection: Connection, node_id: str) -> None:
    connection.execute(update(nodes).where(nodes.c.node_id == node_id).values(is_leaving=True))


def leave(connection: Connection, node_id: str) -> None:
    connection.execute(update(nodes).where(nodes.c.node_id == node_id).values(beats=None))
