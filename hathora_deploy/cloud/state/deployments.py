"""Deployments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, insert, or_, select, update

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.processes import LIVE
from hathora_deploy.cloud.state.tables import LARGEST_INTEGER, apps, deployments, processes

_GET = select(deployments).where(deployments.c.deployment_id == bindparam("deployment_id"))
_LATEST = (
    select(deployments)
    .where(deployments.c.app_id == bindparam("app_id"))
    .order_by(deployments.c.number.desc())
    .limit(1)
)


@dataclass(frozen=True)
class DeploymentRecord:
    """A deployment; ``number`` orders them, and is given by the database."""

    deployment_id: str
    app_id: str
    build_key: str
    build_id: str
    build_tag: str | None
    tag: str | None
    fleet_id: str | None
    requested_cpu: float
    requested_memory_mb: int
    requested_gpu: int | None
    rooms_per_process: int
    idle_timeout_enabled: bool
    container_port: int
    transport_type: str
    additional_container_ports: list[dict[str, Any]]
    env: list[dict[str, str]]
    created_at: datetime
    created_by: str
    number: int | None = None

    def __repr__(self) -> str:
        return f"DeploymentRecord({self.deployment_id!r})"  # the values of env are secret


def add(connection: Connection, deployment: DeploymentRecord) -> None:
    add_all(connection, [deployment])


def add_all(connection: Connection, records: Sequence[DeploymentRecord]) -> None:
    """Many at once, the oldest first."""
    if records:
        values = [asdict(deployment) for deployment in records]
        for each in values:
            del each["number"]
        connection.execute(insert(deployments), values)


def apps_of(connection: Connection, deployment_ids: Collection[str]) -> Mapping[str, str]:
    """The app of each of some deployments that are there, of whichever organization."""
    statement = select(deployments.c.deployment_id, deployments.c.app_id).where(
        deployments.c.deployment_id.in_(deployment_ids)
    )
    return {row.deployment_id: row.app_id for row in connection.execute(statement)}


def get(connection: Connection, deployment_id: str) -> DeploymentRecord | None:
    return rows.find(connection, _GET, DeploymentRecord, deployment_id=deployment_id)


def get_by_number(connection: Connection, app_id: str, number: int) -> DeploymentRecord | None:
    if not 0 < number <= LARGEST_INTEGER:
        return None
    statement = select(deployments).where(
        deployments.c.app_id == app_id, deployments.c.number == number
    )
    return rows.first(connection, statement, DeploymentRecord)


def latest(connection: Connection, app_id: str) -> DeploymentRecord | None:
    return rows.find(connection, _LATEST, DeploymentRecord, app_id=app_id)


def page(
    connection: Connection,
    app_id: str,
    *,
    size: int,
    before: int | None,
    tag: str | None,
    build_tag: str | None,
) -> list[DeploymentRecord]:
    """At most ``size`` deployments older than number ``before``, newest first."""
    statement = select(deployments).where(deployments.c.app_id == app_id)
    if before is not None:
        statement = statement.where(deployments.c.number < before)
    if tag is not None:
        statement = statement.where(deployments.c.tag == tag)
    if build_tag is not None:
        statement = statement.where(deployments.c.build_tag == build_tag)
    newest_first = statement.order_by(deployments.c.number.desc()).limit(size)
    return rows.every(connection, newest_first, DeploymentRecord)


def set_fleet(connection: Connection, org_id: str, fleet_id: str) -> None:
    """Say of those that name no fleet of an organization that they belong to this one."""
    of_org = select(apps.c.app_id).where(apps.c.org_id == org_id)
    connection.execute(
        update(deployments)
        .where(deployments.c.fleet_id.is_(None), deployments.c.app_id.in_(of_org))
        .values(fleet_id=fleet_id)
    )


def needing_build(connection: Connection, build_key: str) -> list[str]:
    """The ids of those that cannot do without a build: the latest of an application, and those whose
    processes have not ended."""
    later = deployments.alias()
    is_latest = ~exists().where(
        later.c.app_id == deployments.c.app_id, later.c.number > deployments.c.number
    )
    runs = exists().where(
        processes.c.deployment_id == deployments.c.deployment_id, processes.c.status.in_(LIVE)
    )
    statement = (
        select(deployments.c.deployment_id)
        .join(apps, apps.c.app_id == deployments.c.app_id)
        .where(
            deployments.c.build_key == build_key,
            or_(and_(apps.c.deleted_at.is_(None), is_latest), runs),
        )
    )
    return list(connection.execute(statement.order_by(deployments.c.number.desc())).scalars())
