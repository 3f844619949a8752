"""Opens rooms and finds a process for each: rooms, lobbies and suspended rooms go through here.

Whoever changes something wakes the reconciler once it is committed.
"""

from __future__ import annotations

from sqlalchemy import Connection

from hathora_deploy.api.errors import BadRequest, NotFound, UnprocessableEntity
from hathora_deploy.api.network import Region
from hathora_deploy.api.rooms import RoomStatus
from hathora_deploy.cloud import ids, scheduler
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import find_deployment
from hathora_deploy.cloud.handlers.processes import add_process, latest_deployment
from hathora_deploy.cloud.handlers.regions import check_region
from hathora_deploy.cloud.handlers.variables import check_text
from hathora_deploy.cloud.state import deployments, processes, rooms
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.rooms import AllocationRecord, RoomRecord


def open_room(
    connection: Connection,
    call: Call,
    *,
    app_id: str,
    region: Region,
    room_id: str | None,
    config: str | None,
    deployment_id: str | None = None,
) -> tuple[RoomRecord, ProcessRecord]:
    """A new room, in a process of the latest deployment unless another is named."""
    check_text("roomConfig", config)
    check_region(call.cloud.settings.regions, region)
    room_id = _unused(connection, room_id)
    if deployment_id is not None:
        deployment = find_deployment(connection, call, app_id, deployment_id)
    else:
        deployment = latest_deployment(connection, app_id)
    room = RoomRecord(
        room_id=room_id,
        app_id=app_id,
        deployment_id=deployment.deployment_id,
        region=region,
        config=config,
        status=RoomStatus.ACTIVE,
        created_at=call.now,
    )
    rooms.add(connection, room)
    return room, _allocate(connection, call, room, deployment)


def open_local_room(
    connection: Connection,
    call: Call,
    *,
    app_id: str,
    region: Region,
    room_id: str | None,
    config: str | None,
) -> tuple[RoomRecord, None]:
    """A new room for a game server that a developer has started: it never has a process."""
    check_text("roomConfig", config)
    room = RoomRecord(
        room_id=_unused(connection, room_id),
        app_id=app_id,
        deployment_id=None,
        region=region,
        config=config,
        status=RoomStatus.SCHEDULING,
        created_at=call.now,
    )
    rooms.add(connection, room)
    return room, None


def resume(connection: Connection, call: Call, room_id: str) -> ProcessRecord:
    """The process of a room; one that has lost its own gets another of its deployment."""
    room = rooms.get(connection, room_id)
    if room is None or room.status == RoomStatus.DESTROYED:
        raise NotFound(f"room {room_id} was destroyed")
    if room.deployment_id is None:
        raise BadRequest(
            f"room {room_id} is local: this cloud runs no process for it",
            hint="connect to the game server that you have started yourself",
        )
    if room.status == RoomStatus.SCHEDULING:
        deployment = deployments.get(connection, room.deployment_id)
        assert deployment is not None  # none is ever deleted
        rooms.change(connection, room_id, status=RoomStatus.ACTIVE)
        return _allocate(connection, call, room, deployment)
    process = last_process(connection, room_id)
    assert process is not None  # an active room is in one
    return process


def last_process(connection: Connection, room_id: str) -> ProcessRecord | None:
    """The process that a room is in, or was in last."""
    allocations = rooms.allocations(connection, room_id)
    return processes.get(connection, allocations[0].process_id) if allocations else None


def _unused(connection: Connection, wanted: str | None) -> str:
    """The id that a caller wants for a room, or a new one."""
    if wanted is None:
        return ids.new_room_id()
    if rooms.get(connection, wanted) is not None:
        raise UnprocessableEntity(f"roomId: {wanted} is taken, and room ids are never reused")
    return wanted


def _allocate(
    connection: Connection, call: Call, room: RoomRecord, deployment: DeploymentRecord
) -> ProcessRecord:
    region = Region(room.region)
    accepting = processes.accepting(connection, deployment.deployment_id, region)
    fullest = scheduler.place(accepting, rooms_per_process=deployment.rooms_per_process)
    process = processes.get(connection, fullest) if fullest else None
    process = process or add_process(connection, call, deployment, region)
    rooms.allocate(
        connection,
        AllocationRecord(
            room_allocation_id=ids.new_room_allocation_id(),
            room_id=room.room_id,
            process_id=process.process_id,
            scheduled_at=call.now,
        ),
    )
    return process
