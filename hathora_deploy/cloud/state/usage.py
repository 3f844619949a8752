"""What processes were given, and when: the past of the processes table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, or_, select, type_coerce

from hathora_deploy.cloud.state.tables import apps, deployments, processes


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a process ran, in Unix seconds, and the vCPUs that it had asked for."""

    start: float
    end: float
    vcpus: float


def spans_of_org(
    connection: Connection, org_id: str, *, start: datetime, end: datetime
) -> list[Span]:
    """Of the processes that ran in that time; those that run yet do so until its end."""
    return _spans(connection, start, end, apps.c.org_id == org_id)


def spans_of_fleet(
    connection: Connection, fleet_id: str, region: str | None, *, start: datetime, end: datetime
) -> list[Span]:
    """As ``spans_of_org``, of the processes of a fleet, in all regions or in one."""
    conditions = [deployments.c.fleet_id == fleet_id]
    if region is not None:
        conditions.append(processes.c.region == region)
    return _spans(connection, start, end, *conditions)


def _spans(
    connection: Connection, start: datetime, end: datetime, *conditions: ColumnElement[bool]
) -> list[Span]:
    booted_at, ended_at = processes.c.booted_at, processes.c.terminated_at
    statement = (
        # Plain milliseconds: a month may have a hundred thousand processes.
        select(
            type_coerce(booted_at, BigInteger),
            type_coerce(ended_at, BigInteger),
            deployments.c.requested_cpu,
        )
        .join(deployments, deployments.c.deployment_id == processes.c.deployment_id)
        .join(apps, apps.c.app_id == deployments.c.app_id)
        .where(or_(ended_at.is_(None), ended_at > start), booted_at < end, *conditions)
    )
    until = end.timestamp()
    return [
        Span(booted / 1000, until if ended is None else ended / 1000, vcpus)
        for booted, ended, vcpus in connection.execute(statement)
    ]
