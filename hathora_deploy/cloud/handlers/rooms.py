"""RoomsV2."""

from __future__ import annotations

from typing import Final

from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.api.rooms import (
    ConnectionInfoV2,
    CreateRoom,
    DestroyRoom,
    GetActiveRoomsForProcess,
    GetConnectionInfo,
    GetInactiveRoomsForProcess,
    GetRoomInfo,
    ResumeRoom,
    Room,
    RoomAllocation,
    RoomAllocationData,
    RoomConnectionData,
    RoomReadyStatus,
    RoomStatus,
    RoomWithoutAllocations,
    UpdateRoomConfig,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import placement
from hathora_deploy.cloud.handlers.ownership import (
    find_app,
    find_process,
    find_room,
    room_of_app,
)
from hathora_deploy.cloud.handlers.processes import exposed_ports
from hathora_deploy.cloud.handlers.variables import check_text
from hathora_deploy.cloud.state import rooms
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.rooms import AllocationRecord, RoomRecord

_PLAYED_IN: Final = (ProcessStatus.RUNNING, ProcessStatus.DRAINING)


def create_room(operation: CreateRoom, call: Call) -> RoomConnectionData:
    with call.cloud.store.write() as connection:
        find_app(connection, call, operation.app_id)
        room, process = placement.open_room(
            connection,
            call,
            app_id=operation.app_id,
            region=operation.region,
            room_id=operation.room_id,
            config=operation.room_config,
            deployment_id=operation.deployment_id,
        )
    if process.status == ProcessStatus.STARTING:
        call.cloud.reconciler.wake()
    return RoomConnectionData.model_validate(
        {**dict(_connection_info(room.room_id, process)), "process_id": process.process_id}
    )


def resume_room(operation: ResumeRoom, call: Call) -> RoomAllocationData:
    with call.cloud.store.write() as connection:
        room = find_room(connection, call, operation.app_id, operation.room_id)
        process = placement.resume(connection, call, room.room_id)
    call.cloud.reconciler.wake()
    return RoomAllocationData.model_validate(
        {**dict(_connection_info(room.room_id, process)), "process_id": process.process_id}
    )


def suspend(app_id: str, room_id: str, call: Call) -> None:
    """Its process goes on, with place for another; the room gets one again when it is asked for."""
    with call.cloud.store.write() as connection:
        room = find_room(connection, call, app_id, room_id)
        if room.status == RoomStatus.DESTROYED:
            raise NotFound(f"room {room.room_id} was destroyed")
        rooms.change(connection, room.room_id, status=RoomStatus.SCHEDULING)
        rooms.unschedule(connection, room.room_id, call.now)
    call.cloud.reconciler.wake()


def get_connection_info(operation: GetConnectionInfo, call: Call) -> ConnectionInfoV2:
    """Says ``starting`` until it can say where; an error only when there is nothing to wait for.

    A suspended room gets a process by being asked for, once: to ask again changes nothing.
    """
    with call.cloud.store.read() as connection:
        room = room_of_app(connection, operation.app_id, operation.room_id)
        process = placement.last_process(connection, room.room_id)
    if room.status == RoomStatus.SCHEDULING:
        with call.cloud.store.write() as connection:
            process = placement.resume(connection, call, room.room_id)
        call.cloud.reconciler.wake()
    elif room.status == RoomStatus.DESTROYED or process is None or process.has_ended:
        reason = process.exit_reason if process is not None and process.has_ended else None
        because = f": its process {reason}" if reason else ""
        raise NotFound(f"room {room.room_id} was destroyed{because}")
    return _connection_info(room.room_id, process)


def get_room_info(operation: GetRoomInfo, call: Call) -> Room:
    with call.cloud.store.read() as connection:
        room = find_room(connection, call, operation.app_id, operation.room_id)
        allocations = rooms.allocations(connection, room.room_id)
    current = next(
        (allocation for allocation in allocations if not allocation.unscheduled_at), None
    )
    return Room.model_validate(
        {
            **dict(_view(room, current)),
            "allocations": [_view_allocation(allocation) for allocation in allocations],
        }
    )


def get_active_rooms(
    operation: GetActiveRoomsForProcess, call: Call
) -> list[RoomWithoutAllocations]:
    return _rooms_of_process(operation.app_id, operation.process_id, call, is_active=True)


def get_inactive_rooms(
    operation: GetInactiveRoomsForProcess, call: Call
) -> list[RoomWithoutAllocations]:
    return _rooms_of_process(operation.app_id, operation.process_id, call, is_active=False)


def destroy_room(operation: DestroyRoom, call: Call) -> None:
    """Its process goes on, with place for another; a room that is destroyed stays so."""
    with call.cloud.store.write() as connection:
        room = find_room(connection, call, operation.app_id, operation.room_id)
        rooms.change(connection, room.room_id, status=RoomStatus.DESTROYED)
        rooms.unschedule(connection, room.room_id, call.now)
    call.cloud.reconciler.wake()


def update_room_config(operation: UpdateRoomConfig, call: Call) -> None:
    with call.cloud.store.write() as connection:
        room = find_room(connection, call, operation.app_id, operation.room_id)
        if room.status == RoomStatus.DESTROYED:
            raise NotFound(f"room {room.room_id} was destroyed")
        check_text("roomConfig", operation.room_config)
        rooms.change(connection, room.room_id, config=operation.room_config)


def _rooms_of_process(
    app_id: str, process_id: str, call: Call, *, is_active: bool
) -> list[RoomWithoutAllocations]:
    with call.cloud.store.read() as connection:
        find_process(connection, call, app_id, process_id)
        found = rooms.of_process(connection, process_id, is_active=is_active)
        current = rooms.current_allocations(connection, process_id)
    return [_view(room, current.get(room.room_id)) for room in found]


def _connection_info(room_id: str, process: ProcessRecord) -> ConnectionInfoV2:
    default, additional = exposed_ports(process)
    is_running = process.status in _PLAYED_IN and default is not None
    return ConnectionInfoV2(
        room_id=room_id,
        status=RoomReadyStatus.ACTIVE if is_running else RoomReadyStatus.STARTING,
        exposed_port=default if is_running else None,
        additional_exposed_ports=additional if is_running else [],
    )


def _view(room: RoomRecord, current: AllocationRecord | None) -> RoomWithoutAllocations:
    return RoomWithoutAllocations(
        app_id=room.app_id,
        room_id=room.room_id,
        room_config=room.config,
        status=RoomStatus(room.status),
        current_allocation=_view_allocation(current) if current is not None else None,
    )


def _view_allocation(allocation: AllocationRecord) -> RoomAllocation:
    return RoomAllocation(
        room_allocation_id=allocation.room_allocation_id,
        process_id=allocation.process_id,
        scheduled_at=allocation.scheduled_at,
        unscheduled_at=allocation.unscheduled_at,
    )
