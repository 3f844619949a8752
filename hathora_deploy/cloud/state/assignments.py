"""Which cloud looks after which process."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, or_, select, update

from hathora_deploy.cloud.errors import TakenOver
from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.nodes import PRESENT
from hathora_deploy.cloud.state.processes import LIVE, ProcessRecord
from hathora_deploy.cloud.state.tables import deployments, nodes, processes


def of_node(connection: Connection, node_id: str) -> list[ProcessRecord]:
    """The live processes that a cloud looks after, and those that nobody does yet; oldest first."""
    statement = select(processes).where(
        processes.c.status.in_(LIVE),
        or_(processes.c.node_id == node_id, processes.c.node_id.is_(None)),
    )
    return rows.every(connection, statement.order_by(processes.c.created_at), ProcessRecord)


def orphans(connection: Connection) -> list[ProcessRecord]:
    """The live processes whose cloud is gone."""
    statement = select(processes).where(
        processes.c.status.in_(LIVE),
        processes.c.node_id.is_not(None),
        processes.c.node_id.not_in(PRESENT),
    )
    return rows.every(connection, statement, ProcessRecord)


def of_machine(connection: Connection, machine: str | None) -> list[ProcessRecord]:
    """The live processes of all clouds on a machine: no two of them may have the same port."""
    there = select(nodes.c.node_id).where(nodes.c.machine == machine)
    statement = select(processes).where(
        processes.c.status.in_(LIVE),
        or_(processes.c.node_id.is_(None), processes.c.node_id.in_(there)),
    )
    return rows.every(connection, statement, ProcessRecord)


def require(connection: Connection, process_id: str, node_id: str) -> None:
    """Raises TakenOver unless this cloud looks after a process."""
    statement = select(processes.c.node_id).where(processes.c.process_id == process_id)
    if connection.execute(statement).scalar_one_or_none() != node_id:
        raise TakenOver(process_id)


def assign(connection: Connection, process_id: str, node_id: str) -> None:
    connection.execute(
        update(processes).where(processes.c.process_id == process_id).values(node_id=node_id)
    )


def load(connection: Connection) -> Mapping[str, float]:
    """The vCPUs that the live processes of each cloud have asked for; without any it is absent."""
    statement = (
        select(processes.c.node_id, func.sum(deployments.c.requested_cpu).label("vcpus"))
        .join(deployments, deployments.c.deployment_id == processes.c.deployment_id)
        .where(processes.c.status.in_(LIVE), processes.c.node_id.is_not(None))
        .group_by(processes.c.node_id)
    )
    return {row.node_id: row.vcpus for row in connection.execute(statement)}
