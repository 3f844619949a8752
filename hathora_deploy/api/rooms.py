"""Rooms: what players join; each is allocated to a process."""

from __future__ import annotations

from hathora_deploy.api.limits import RoomConfig, RoomId
from hathora_deploy.api.model import DateTime, Model, OpenEnum
from hathora_deploy.api.network import ExposedPort, Region
from hathora_deploy.api.operation import FROM_CLIENT, Auth, Operation, Query


class RoomReadyStatus(OpenEnum):
    """Whether players can connect."""

    ACTIVE = "active"
    STARTING = "starting"


class ConnectionInfoV2(Model):
    """Where players connect; the port is absent while the room is starting."""

    room_id: str
    status: RoomReadyStatus
    additional_exposed_ports: list[ExposedPort]
    exposed_port: ExposedPort | None = None


class RoomConnectionData(ConnectionInfoV2):
    """A new room, the process it is in, and where players connect once it is active."""

    process_id: str


class RoomStatus(OpenEnum):
    """Whether a room waits for a process, has one, or is gone."""

    SCHEDULING = "scheduling"
    ACTIVE = "active"
    DESTROYED = "destroyed"


class RoomAllocation(Model):
    """The time a room spent in a process."""

    room_allocation_id: str
    process_id: str
    scheduled_at: DateTime
    unscheduled_at: DateTime | None


class RoomWithoutAllocations(Model):
    """A room and the process it is in."""

    app_id: str
    room_id: str
    status: RoomStatus
    current_allocation: RoomAllocation | None
    room_config: str | None = None


class Room(RoomWithoutAllocations):
    """A room and every process it has been in."""

    allocations: list[RoomAllocation]


class RoomAllocationData(ConnectionInfoV2):
    """A room, its process if it has one, and where players connect."""

    process_id: str | None = None


class GetConnectionInfo(
    Operation[ConnectionInfoV2],
    method="GET",
    path="/rooms/v2/{appId}/connectioninfo/{roomId}",
    auth=Auth.NONE,
    errors=(400, 402, 404, 408, 422, 429, 500),
):
    """Get where players of a room connect, or that it is still starting."""

    room_id: str
    app_id: str = FROM_CLIENT


class CreateRoom(
    Operation[RoomConnectionData],
    method="POST",
    path="/rooms/v2/{appId}/create",
    status=201,
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
):
    """Create a room in a process that has place for it, or in a new one."""

    region: Region
    app_id: str = FROM_CLIENT
    room_config: RoomConfig | None = None
    client_ips: list[str] | None = None
    deployment_id: str | None = None
    room_id: Query[RoomId | None] = None


class DestroyRoom(
    Operation[None],
    method="POST",
    path="/rooms/v2/{appId}/destroy/{roomId}",
    status=204,
    errors=(401, 404, 408, 429, 500),
    repeatable=True,
):
    """Destroy a room."""

    room_id: str
    app_id: str = FROM_CLIENT


class GetRoomInfo(
    Operation[Room],
    method="GET",
    path="/rooms/v2/{appId}/info/{roomId}",
    errors=(401, 404, 408, 422, 429),
):
    """Get a room with its allocations."""

    room_id: str
    app_id: str = FROM_CLIENT


class GetActiveRoomsForProcess(
    Operation[list[RoomWithoutAllocations]],
    method="GET",
    path="/rooms/v2/{appId}/list/{processId}/active",
    errors=(401, 404, 408, 429),
):
    """List the rooms of a process that are in use."""

    process_id: str
    app_id: str = FROM_CLIENT


class GetInactiveRoomsForProcess(
    Operation[list[RoomWithoutAllocations]],
    method="GET",
    path="/rooms/v2/{appId}/list/{processId}/inactive",
    errors=(401, 404, 408, 429),
):
    """List the rooms that a process once held."""

    process_id: str
    app_id: str = FROM_CLIENT


class ResumeRoom(
    Operation[RoomAllocationData],
    method="POST",
    path="/rooms/v2/{appId}/resume/{roomId}",
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
    repeatable=True,
):
    """Allocate a room that has lost its process to another, under the same id."""

    room_id: str
    app_id: str = FROM_CLIENT


class UpdateRoomConfig(
    Operation[None],
    method="POST",
    path="/rooms/v2/{appId}/update/{roomId}",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    repeatable=True,
):
    """Replace the config of a room."""

    room_id: str
    room_config: RoomConfig
    app_id: str = FROM_CLIENT
