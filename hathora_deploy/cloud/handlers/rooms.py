"""RoomsV2."""

from __future__ import annotations

from sqlalchemy import Connection

from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.api.rooms import (
    ConnectionInfoV2,
    CreateRoom,
    DestroyRoom,
    GetActiveRoomsForProcess,
    GetConnectionInfo,
    GetInactiveRoomsForProcess,
    GetRoomInfo,
    Room,
    RoomAllocation,
    RoomConnectionData,
    RoomReadyStatus,
    RoomStatus,
    RoomWithoutAllocations,
    UpdateRoomConfig,
)
from hathora_deploy.cloud import ids, scheduler
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import (
    find_app,
    find_deployment,
    find_process,
    find_room,
    room_of_app,
)
from hathora_deploy.cloud.handlers.processes import add_process, exposed_ports, latest_deployment
from hathora_deploy.cloud.state import processes, rooms
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.rooms import AllocationRecord, RoomRecord


def create_room(operation: CreateRoom, call: Call) -> RoomConnectionData:
    with call.cloud.store.write() as connection:
        find_app(connection, call, operation.app_id)
        room_id = operation.room_id or ids.new_room_id()
        if rooms.get(connection, room_id) is not None:
            raise UnprocessableEntity(f"roomId: {room_id} is taken, and room ids are never reused")
        if operation.deployment_id is not None:
            deployment = find_deployment(
                connection, call, operation.app_id, operation.deployment_id
            )
        else:
            deployment = latest_deployment(connection, operation.app_id)
        accepting = processes.accepting(connection, deployment.deployment_id, operation.region)
        occupancy = rooms.occupancy(connection, [process.process_id for process in accepting])
        process = scheduler.place(
            accepting, occupancy, rooms_per_process=deployment.rooms_per_process
        ) or add_process(connection, call, deployment, operation.region)
        rooms.add(
            connection,
            RoomRecord(
                room_id=room_id,
                app_id=operation.app_id,
                deployment_id=deployment.deployment_id,
                region=operation.region,
                config=operation.room_config,
                status=RoomStatus.ACTIVE,
                created_at=call.now,
            ),
        )
        rooms.allocate(
            connection,
            AllocationRecord(
                room_allocation_id=ids.new_room_allocation_id(),
                room_id=room_id,
                process_id=process.process_id,
                scheduled_at=call.now,
            ),
        )
    call.cloud.reconciler.wake()
    connection_info = _connection_info(room_id, process)
    return RoomConnectionData.model_validate(
        {**dict(connection_info), "process_id": process.process_id}
    )


def get_connection_info(operation: GetConnectionInfo, call: Call) -> ConnectionInfoV2:
    """Says ``starting`` until it can say where; an error only when there is nothing to wait for."""
    with call.cloud.store.read() as connection:
        room = room_of_app(connection, operation.app_id, operation.room_id)
        process = _last_process(connection, room.room_id)
    if room.status == RoomStatus.DESTROYED or process is None or process.has_ended:
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


def update_room_config(operation: UpdateRoomConfig, call: Call) -> None:
    with call.cloud.store.write() as connection:
        room = find_room(connection, call, operation.app_id, operation.room_id)
        if room.status == RoomStatus.DESTROYED:
            raise NotFound(f"room {room.room_id} was destroyed")
        rooms.change(connection, room.room_id, config=operation.room_config)


def _rooms_of_process(
    app_id: str, process_id: str, call: Call, *, is_active: bool
) -> list[RoomWithoutAllocations]:
    with call.cloud.store.read() as connection:
        find_process(connection, call, app_id, process_id)
        found = rooms.of_process(connection, process_id, is_active=is_active)
        current = rooms.current_allocations(connection, [room.room_id for room in found])
    return [_view(room, current.get(room.room_id)) for room in found]


def _last_process(connection: Connection, room_id: str) -> ProcessRecord | None:
    allocations = rooms.allocations(connection, room_id)
    return processes.get(connection, allocations[0].process_id) if allocations else None


def _connection_info(room_id: str, process: ProcessRecord) -> ConnectionInfoV2:
    default, additional = exposed_ports(process)
    is_running = process.status == ProcessStatus.RUNNING and default is not None
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
