"""Processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)

from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import Moment, deployments, processes, room_allocations

ENDED = (ProcessStatus.STOPPED, ProcessStatus.FAILED)
LIVE = tuple(status for status in ProcessStatus if status not in ENDED)


_GET = select(processes).where(processes.c.process_id == bindparam("process_id"))
_ACCEPTING = (
    select(
        processes.c.process_id,
        select(func.count())
        .where(
            room_allocations.c.process_id == processes.c.process_id,
            room_allocations.c.unscheduled_at.is_(None),
        )
        .scalar_subquery()
        .label("rooms"),
    )
    .where(
        processes.c.deployment_id == bindparam("deployment_id"),
        processes.c.region == bindparam("region"),
        processes.c.status.in_([ProcessStatus.STARTING, ProcessStatus.RUNNING]),
    )
    .order_by(processes.c.created_at)
)


@dataclass(frozen=True)
class ProcessRecord:
    """A process. ``bindings`` is how its ports were planned, ``exposed_ports`` what players use.

    One that ``is_kept`` was started because its application keeps some, not for a caller.
    """

    process_id: str
    app_id: str
    deployment_id: str
    region: str
    status: str
    created_at: datetime
    runtime: str | None = None
    handle: str | None = None
    bindings: list[dict[str, Any]] = field(default_factory=list)
    exposed_ports: list[dict[str, Any]] = field(default_factory=list)
    exit_reason: str | None = None
    scheduled_at: datetime | None = None
    booted_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    terminated_at: datetime | None = None
    is_kept: bool = False
    node_id: str | None = None
    """Which cloud looks after it; None until one does."""
    booted_by: str | None = None
    """In the folder of which cloud its log is."""

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True)
class Attempt:
    """Processes that were started together and ended by themselves; None never got ready."""

    ended_at: datetime
    ran_for: timedelta | None


def add(connection: Connection, process: ProcessRecord) -> None:
    connection.execute(insert(processes).values(**asdict(process)))


def get(connection: Connection, process_id: str) -> ProcessRecord | None:
    return rows.find(connection, _GET, ProcessRecord, process_id=process_id)


def change(connection: Connection, process_id: str, **values: Any) -> None:
    connection.execute(
        update(processes).where(processes.c.process_id == process_id).values(**values)
    )


def mark_scheduled(
    connection: Connection,
    process_id: str,
    *,
    runtime: str,
    bindings: list[dict[str, Any]],
    node_id: str,
    now: datetime,
) -> None:
    """The ports of a process are chosen, by the cloud that is going to boot it."""
    change(
        connection,
        process_id,
        runtime=runtime,
        bindings=bindings,
        booted_by=node_id,
        scheduled_at=_moment(now),
    )


def mark_booted(connection: Connection, process_id: str, *, handle: str, now: datetime) -> None:
    change(connection, process_id, handle=handle, booted_at=_moment(now))


def forget_boot(connection: Connection, process_id: str) -> None:
    """It came to nothing: the process is to be booted again, on other ports."""
    change(connection, process_id, handle=None, bindings=[], booted_at=None)


def request_stop(connection: Connection, process_id: str, reason: str, now: datetime) -> bool:
    """Mark a process as stopping; False when it already is, or has ended."""
    changed = connection.execute(
        update(processes)
        .where(
            processes.c.process_id == process_id,
            processes.c.status.not_in([*ENDED, ProcessStatus.STOPPING]),
        )
        .values(status=ProcessStatus.STOPPING, stopping_at=_moment(now), exit_reason=reason)
    )
    return changed.rowcount == 1


def drain(connection: Connection, process_id: str) -> None:
    """Let no more rooms into a process that runs."""
    connection.execute(
        update(processes)
        .where(processes.c.process_id == process_id, processes.c.status == ProcessStatus.RUNNING)
        .values(status=ProcessStatus.DRAINING)
    )


def mark_running(
    connection: Connection, process_id: str, *, exposed_ports: list[dict[str, Any]], now: datetime
) -> None:
    """A starting process has bound its port; one that is being stopped meanwhile stays so."""
    connection.execute(
        update(processes)
        .where(processes.c.process_id == process_id, processes.c.status == ProcessStatus.STARTING)
        .values(status=ProcessStatus.RUNNING, exposed_ports=exposed_ports, started_at=_moment(now))
    )


def end(
    connection: Connection, process_id: str, status: str, reason: str | None, now: datetime
) -> None:
    """It runs no more; ``status`` is one of those that it stays in."""
    change(connection, process_id, status=status, exit_reason=reason, terminated_at=_moment(now))


def ends(connection: Connection, process_ids: Sequence[str]) -> dict[str, datetime | None]:
    """When each of some processes ended; None for those that have not, nothing of unknown ones."""
    columns = select(processes.c.process_id, processes.c.terminated_at)
    found = connection.execute(columns.where(processes.c.process_id.in_(process_ids)))
    return {row.process_id: row.terminated_at for row in found}


def live(connection: Connection) -> list[ProcessRecord]:
    """Those that have not ended, oldest first."""
    statement = select(processes).where(processes.c.status.in_(LIVE))
    return rows.every(connection, statement.order_by(processes.c.created_at), ProcessRecord)


def live_of(connection: Connection, app_id: str, deployment_id: str | None) -> list[ProcessRecord]:
    """Those of an app, or of one deployment of it, that have not ended; oldest first."""
    statement = _of(app_id, deployment_id).where(processes.c.status.in_(LIVE))
    return rows.every(connection, statement.order_by(processes.c.created_at), ProcessRecord)


def newest(
    connection: Connection, app_id: str, deployment_id: str | None, *, limit: int
) -> list[ProcessRecord]:
    """Those of an app, or of one deployment of it, newest first."""
    newest_first = _of(app_id, deployment_id).order_by(
        processes.c.created_at.desc(), processes.c.process_id
    )
    return rows.every(connection, newest_first.limit(limit), ProcessRecord)


def without_rooms(connection: Connection) -> list[str]:
    """Those that run, that nobody keeps and that are to end when they are idle, while no room is in them."""
    has_room = exists().where(
        room_allocations.c.process_id == processes.c.process_id,
        room_allocations.c.unscheduled_at.is_(None),
    )
    statement = (
        select(processes.c.process_id)
        .join(deployments, deployments.c.deployment_id == processes.c.deployment_id)
        .where(
            processes.c.status == ProcessStatus.RUNNING,
            processes.c.is_kept.is_(False),
            deployments.c.idle_timeout_enabled,
            ~has_room,
        )
    )
    return list(connection.execute(statement).scalars())


def kept(connection: Connection) -> list[ProcessRecord]:
    """Those that have not ended and that their applications keep, oldest first."""
    statement = select(processes).where(processes.c.status.in_(LIVE), processes.c.is_kept)
    return rows.every(connection, statement.order_by(processes.c.created_at), ProcessRecord)


def attempts(
    connection: Connection, deployment_id: str, region: str, *, limit: int = 20
) -> list[Attempt]:
    """Kept processes of a deployment that nobody has stopped, and that ended; newest first."""
    ended, started = (
        type_coerce(moment, BigInteger)
        for moment in (processes.c.terminated_at, processes.c.started_at)
    )
    statement = (
        select(func.max(processes.c.terminated_at), func.max(ended - started))
        .where(
            processes.c.is_kept,
            processes.c.deployment_id == deployment_id,
            processes.c.region == region,
            processes.c.terminated_at.is_not(None),
            processes.c.stopping_at.is_(None),
        )
        .group_by(processes.c.created_at)
        .order_by(processes.c.created_at.desc())
        .limit(limit)
    )
    return [
        Attempt(ended_at, None if ran_for is None else timedelta(milliseconds=ran_for))
        for ended_at, ran_for in connection.execute(statement)
    ]


def latest(
    connection: Connection,
    app_id: str,
    *,
    statuses: Sequence[str],
    regions: Sequence[str],
    before: datetime | None,
    limit: int,
) -> list[ProcessRecord]:
    """Newest first; more than ``limit`` where several began at the moment of the last of them.

    So whoever goes on ``before`` that moment misses none: all that an app keeps may begin at once.
    """
    last = _filtered(select(processes.c.created_at), app_id, statuses, regions, before)
    last = last.order_by(processes.c.created_at.desc()).offset(limit - 1).limit(1)
    oldest = connection.execute(last).scalar_one_or_none()
    statement = _filtered(select(processes), app_id, statuses, regions, before)
    if oldest is not None:
        statement = statement.where(processes.c.created_at >= oldest)
    newest_first = statement.order_by(processes.c.created_at.desc(), processes.c.process_id)
    return rows.every(connection, newest_first, ProcessRecord)


def count(
    connection: Connection,
    app_id: str,
    *,
    statuses: Sequence[str],
    regions: Sequence[str],
    before: datetime | None,
) -> int:
    statement = select(func.count()).select_from(processes)
    found: int = connection.execute(
        _filtered(statement, app_id, statuses, regions, before)
    ).scalar_one()
    return found


def accepting(connection: Connection, deployment_id: str, region: str) -> dict[str, int]:
    """How many rooms are in each of those of a deployment in a region that take new ones, oldest first."""
    values = {"deployment_id": deployment_id, "region": region}
    return {row.process_id: row.rooms for row in connection.execute(_ACCEPTING, values)}


def _moment(now: datetime) -> ColumnElement[datetime]:
    """Now, or the last moment of the process: they stay in order when the clock is set back."""
    last = func.coalesce(
        processes.c.stopping_at,
        processes.c.started_at,
        processes.c.booted_at,
        processes.c.scheduled_at,
        processes.c.created_at,
        type_=Moment,
    )
    return case((last > now, last), else_=literal(now, Moment))


def _of(app_id: str, deployment_id: str | None) -> Select[Any]:
    statement = select(processes).where(processes.c.app_id == app_id)
    if deployment_id is not None:
        statement = statement.where(processes.c.deployment_id == deployment_id)
    return statement


def _filtered(
    statement: Select[Any],
    app_id: str,
    statuses: Sequence[str],
    regions: Sequence[str],
    before: datetime | None,
) -> Select[Any]:
    statement = statement.where(processes.c.app_id == app_id)
    if statuses:
        statement = statement.where(processes.c.status.in_(statuses))
    if regions:
        statement = statement.where(processes.c.region.in_(regions))
    if before is not None:
        statement = statement.where(processes.c.created_at < before)
    return statement
