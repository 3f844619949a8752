"""RoomsV1."""

from __future__ import annotations

from hathora_deploy.api.deprecated.rooms_v1 import (
    ActiveConnectionInfo,
    ActiveStatus,
    CreateRoomDeprecated,
    DestroyRoomDeprecated,
    GetActiveRoomsForProcessDeprecated,
    GetConnectionInfoDeprecated,
    GetInactiveRoomsForProcessDeprecated,
    GetRoomInfoDeprecated,
    StartingConnectionInfo,
    StartingStatus,
    SuspendRoomDeprecated,
)
from hathora_deploy.api.rooms import (
    CreateRoom,
    DestroyRoom,
    GetActiveRoomsForProcess,
    GetConnectionInfo,
    GetInactiveRoomsForProcess,
    GetRoomInfo,
    Room,
    RoomWithoutAllocations,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import rooms
from hathora_deploy.cloud.handlers.deprecated.translation import translated


def create_room(operation: CreateRoomDeprecated, call: Call) -> str:
    return rooms.create_room(translated(CreateRoom, operation), call).room_id


def get_connection_info(
    operation: GetConnectionInfoDeprecated, call: Call
) -> ActiveConnectionInfo | StartingConnectionInfo:
    """The default port; additional ones came with the second version."""
    info = rooms.get_connection_info(translated(GetConnectionInfo, operation), call)
    if info.exposed_port is None:
        return StartingConnectionInfo(room_id=info.room_id, status=StartingStatus.STARTING)
    return translated(
        ActiveConnectionInfo, info.exposed_port, room_id=info.room_id, status=ActiveStatus.ACTIVE
    )


def get_room_info(operation: GetRoomInfoDeprecated, call: Call) -> Room:
    return rooms.get_room_info(translated(GetRoomInfo, operation), call)


def get_active_rooms(
    operation: GetActiveRoomsForProcessDeprecated, call: Call
) -> list[RoomWithoutAllocations]:
    return rooms.get_active_rooms(translated(GetActiveRoomsForProcess, operation), call)


def get_inactive_rooms(
    operation: GetInactiveRoomsForProcessDeprecated, call: Call
) -> list[RoomWithoutAllocations]:
    return rooms.get_inactive_rooms(translated(GetInactiveRoomsForProcess, operation), call)


def destroy_room(operation: DestroyRoomDeprecated, call: Call) -> None:
    rooms.destroy_room(translated(DestroyRoom, operation), call)


def suspend_room(operation: SuspendRoomDeprecated, call: Call) -> None:
    rooms.suspend(operation.app_id, operation.room_id, call)
