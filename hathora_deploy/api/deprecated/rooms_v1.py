"""Rooms whose processes have one port."""

from __future__ import annotations

from hathora_deploy.api import rooms
from hathora_deploy.api.limits import RoomConfig, RoomId
from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.api.operation import FROM_CLIENT, Auth, Operation, Query
from hathora_deploy.api.rooms import Room, RoomWithoutAllocations


class ActiveStatus(OpenEnum):
    """Players can connect."""

    ACTIVE = "active"


class ActiveConnectionInfo(Model):
    """Where players connect."""

    room_id: str
    status: ActiveStatus
    host: str
    port: int
    transport_type: TransportType


class StartingStatus(OpenEnum):
    """Players cannot connect yet."""

    STARTING = "starting"


class StartingConnectionInfo(Model):
    """A room that players cannot connect to yet."""

    room_id: str
    status: StartingStatus


class GetConnectionInfoDeprecated(
    Operation[ActiveConnectionInfo | StartingConnectionInfo],
    method="GET",
    path="/rooms/v1/{appId}/connectioninfo/{roomId}",
    auth=Auth.NONE,
    errors=(400, 402, 404, 408, 429, 500),
    successor=rooms.GetConnectionInfo,
):
    """Get where players of a room connect, or that it is still starting."""

    room_id: str
    app_id: str = FROM_CLIENT


class CreateRoomDeprecated(
    Operation[str],
    method="POST",
    path="/rooms/v1/{appId}/create",
    status=201,
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
    successor=rooms.CreateRoom,
):
    """Create a room in a process that has place for it, or in a new one, and get its id."""

    region: Region
    app_id: str = FROM_CLIENT
    room_config: RoomConfig | None = None
    client_ips: list[str] | None = None
    deployment_id: str | None = None
    room_id: Query[RoomId | None] = None


class DestroyRoomDeprecated(
    Operation[None],
    method="POST",
    path="/rooms/v1/{appId}/destroy/{roomId}",
    status=204,
    errors=(401, 404, 408, 429, 500),
    repeatable=True,
    successor=rooms.DestroyRoom,
):
    """Destroy a room."""

    room_id: str
    app_id: str = FROM_CLIENT


class GetRoomInfoDeprecated(
    Operation[Room],
    method="GET",
    path="/rooms/v1/{appId}/info/{roomId}",
    errors=(401, 404, 408, 422, 429),
    successor=rooms.GetRoomInfo,
):
    """Get a room with its allocations."""

    room_id: str
    app_id: str = FROM_CLIENT


class GetActiveRoomsForProcessDeprecated(
    Operation[list[RoomWithoutAllocations]],
    method="GET",
    path="/rooms/v1/{appId}/list/{processId}/active",
    errors=(401, 404, 408, 429),
    successor=rooms.GetActiveRoomsForProcess,
):
    """List the rooms of a process that are in use."""

    process_id: str
    app_id: str = FROM_CLIENT


class GetInactiveRoomsForProcessDeprecated(
    Operation[list[RoomWithoutAllocations]],
    method="GET",
    path="/rooms/v1/{appId}/list/{processId}/inactive",
    errors=(401, 404, 408, 429),
    successor=rooms.GetInactiveRoomsForProcess,
):
    """List the rooms that a process once held."""

    process_id: str
    app_id: str = FROM_CLIENT


class SuspendRoomDeprecated(
    Operation[None],
    method="POST",
    path="/rooms/v1/{appId}/suspend/{roomId}",
    status=204,
    errors=(401, 404, 408, 429, 500),
    repeatable=True,
    successor=rooms.DestroyRoom,
):
    """Take a room out of its process; it is allocated again under the same id when it is asked for."""

    room_id: str
    app_id: str = FROM_CLIENT
