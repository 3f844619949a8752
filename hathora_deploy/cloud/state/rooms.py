"""Rooms and the processes they have been in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    update,
)

from hathora_deploy.api.rooms import RoomStatus
from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import Moment, room_allocations, rooms

_ADD = insert(rooms)
_GET = select(rooms).where(rooms.c.room_id == bindparam("room_id"))
_ALLOCATE = insert(room_allocations)


@dataclass(frozen=True)
class RoomRecord:
    """A room. One without a deployment is local: no process of this cloud is ever for it.

    One that ``is_rescheduled`` has lost a process to a crash, and was given another.
    """

    room_id: str
    app_id: str
    deployment_id: str | None
    region: str
    config: str | None
    status: str
    created_at: datetime
    is_rescheduled: bool = False


@dataclass(frozen=True)
class AllocationRecord:
    """The time a room spends in a process."""

    room_allocation_id: str
    room_id: str
    process_id: str
    scheduled_at: datetime
    unscheduled_at: datetime | None = None
    number: int | None = None


def add(connection: Connection, room: RoomRecord) -> None:
    connection.execute(_ADD, vars(room))


def get(connection: Connection, room_id: str) -> RoomRecord | None:
    """The room, destroyed or not."""
    return rows.find(connection, _GET, RoomRecord, room_id=room_id)


def change(connection: Connection, room_id: str, **values: Any) -> None:
    connection.execute(update(rooms).where(rooms.c.room_id == room_id).values(**values))


def allocate(connection: Connection, *allocations: AllocationRecord) -> None:
    values = [
        {name: value for name, value in vars(allocation).items() if name != "number"}
        for allocation in allocations
    ]
    connection.execute(_ALLOCATE, values)


def allocations(connection: Connection, room_id: str) -> list[AllocationRecord]:
    """Newest first."""
    statement = select(room_allocations).where(room_allocations.c.room_id == room_id)
    newest_first = statement.order_by(room_allocations.c.number.desc())
    return rows.every(connection, newest_first, AllocationRecord)


def current_allocations(connection: Connection, process_id: str) -> Mapping[str, AllocationRecord]:
    """By room, of all that were ever in a process; one that is in none now is absent."""
    of_process = room_allocations.c.process_id == process_id
    statement = select(room_allocations).where(
        room_allocations.c.room_id.in_(select(room_allocations.c.room_id).where(of_process)),
        room_allocations.c.unscheduled_at.is_(None),
    )
    found = rows.every(connection, statement, AllocationRecord)
    return {allocation.room_id: allocation for allocation in found}


def unschedule(connection: Connection, room_id: str, now: datetime) -> None:
    """End the room's time in its process."""
    connection.execute(
        update(room_allocations)
        .where(room_allocations.c.room_id == room_id, room_allocations.c.unscheduled_at.is_(None))
        .values(unscheduled_at=_end(now))
    )


def of_process(connection: Connection, process_id: str, *, is_active: bool) -> list[RoomRecord]:
    """The rooms that are in a process, or those that were and are not; each once, oldest first."""
    # One that was suspended may have been in it several times.
    times, ended = func.count(), func.count(room_allocations.c.unscheduled_at)
    statement = (
        select(rooms)
        .join(room_allocations, room_allocations.c.room_id == rooms.c.room_id)
        .where(room_allocations.c.process_id == process_id)
        .group_by(rooms.c.room_id)
        .having(ended < times if is_active else ended == times)
        .order_by(func.min(room_allocations.c.number))
    )
    return rows.every(connection, statement, RoomRecord)


def first_of_process(connection: Connection, process_id: str) -> RoomRecord | None:
    """Of the rooms that are in a process, the one that has been there longest."""
    statement = (
        select(rooms)
        .join(room_allocations, room_allocations.c.room_id == rooms.c.room_id)
        .where(_is_inside(process_id))
        .order_by(room_allocations.c.number)
    )
    return rows.first(connection, statement, RoomRecord)


def occupancy(connection: Connection, process_ids: Iterable[str]) -> Mapping[str, int]:
    """How many rooms are in each process; one without rooms is absent."""
    statement = (
        select(room_allocations.c.process_id, func.count().label("rooms"))
        .where(
            room_allocations.c.process_id.in_(list(process_ids)),
            room_allocations.c.unscheduled_at.is_(None),
        )
        .group_by(room_allocations.c.process_id)
    )
    return {row.process_id: row.rooms for row in connection.execute(statement)}


def destroy_all_of_app(connection: Connection, app_id: str, now: datetime) -> None:
    """Destroy every room of an application, those that wait for a process included."""
    of_app = select(rooms.c.room_id).where(rooms.c.app_id == app_id)
    connection.execute(
        update(room_allocations)
        .where(room_allocations.c.room_id.in_(of_app), room_allocations.c.unscheduled_at.is_(None))
        .values(unscheduled_at=_end(now))
    )
    connection.execute(
        update(rooms).where(rooms.c.app_id == app_id).values(status=RoomStatus.DESTROYED)
    )


def destroy_all_of_process(connection: Connection, process_id: str, now: datetime) -> None:
    """Destroy every room that is in a process."""
    connection.execute(
        update(rooms)
        .where(rooms.c.room_id.in_(_inside(process_id)))
        .values(status=RoomStatus.DESTROYED)
    )
    _unschedule_all(connection, process_id, now)


def take_out(connection: Connection, process_id: str, now: datetime) -> list[str]:
    """Take the rooms out of a process that crashed, for another; the first is the one that came first.

    Those that have lost one before are destroyed.
    """
    inside = rooms.c.room_id.in_(_inside(process_id))
    connection.execute(
        update(rooms).where(inside, rooms.c.is_rescheduled).values(status=RoomStatus.DESTROYED)
    )
    is_first_time = rooms.c.is_rescheduled.is_(False)
    found = connection.execute(
        select(rooms.c.room_id)
        .join(room_allocations, room_allocations.c.room_id == rooms.c.room_id)
        .where(_is_inside(process_id), is_first_time)
        .order_by(room_allocations.c.number)
    )
    taken = list(found.scalars())
    connection.execute(update(rooms).where(inside, is_first_time).values(is_rescheduled=True))
    _unschedule_all(connection, process_id, now)
    return taken


def _is_inside(process_id: str) -> ColumnElement[bool]:
    """Of an allocation: whether its room is in a process now."""
    return and_(
        room_allocations.c.process_id == process_id, room_allocations.c.unscheduled_at.is_(None)
    )


def _inside(process_id: str) -> Select[tuple[str]]:
    return select(room_allocations.c.room_id).where(_is_inside(process_id))


def _unschedule_all(connection: Connection, process_id: str, now: datetime) -> None:
    connection.execute(
        update(room_allocations).where(_is_inside(process_id)).values(unscheduled_at=_end(now))
    )


def _end(now: datetime) -> ColumnElement[datetime]:
    """Now; of a room that came later, since the clock was set back, the moment it came."""
    came = room_allocations.c.scheduled_at
    return case((came > now, came), else_=literal(now, Moment))
