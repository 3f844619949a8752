"""Processes, with what the first version of the API told of their connections."""

from __future__ import annotations

from hathora_deploy.api import processes
from hathora_deploy.api.model import DateTime, Model
from hathora_deploy.api.network import ExposedPort, Region
from hathora_deploy.api.operation import FROM_CLIENT, Operation, Query
from hathora_deploy.api.rooms import RoomWithoutAllocations


class Process(Model):
    """A process; each nullable moment is null until it has come."""

    app_id: str
    deployment_id: int
    process_id: str
    region: Region
    host: str
    port: int
    exposed_port: ExposedPort | None
    additional_exposed_ports: list[ExposedPort]
    rooms_per_process: int
    starting_at: DateTime
    started_at: DateTime | None
    stopping_at: DateTime | None
    terminated_at: DateTime | None
    draining: bool
    room_slots_available: int
    room_slots_available_updated_at: DateTime
    rooms_allocated: int
    rooms_allocated_updated_at: DateTime
    active_connections: int
    active_connections_updated_at: DateTime
    idle_since: DateTime | None
    egressed_bytes: int


class ProcessWithRooms(Process):
    """A process and the rooms in it."""

    rooms: list[RoomWithoutAllocations]
    total_rooms: int


class GetProcessInfoDeprecated(
    Operation[Process],
    method="GET",
    path="/processes/v1/{appId}/info/{processId}",
    errors=(401, 404, 408, 429, 500),
    successor=processes.GetProcess,
):
    """Get a process."""

    process_id: str
    app_id: str = FROM_CLIENT


class GetRunningProcesses(
    Operation[list[ProcessWithRooms]],
    method="GET",
    path="/processes/v1/{appId}/list/running",
    errors=(401, 404, 408, 422, 429),
    successor=processes.GetLatestProcesses,
):
    """List the processes of an application that have not ended, with their rooms."""

    app_id: str = FROM_CLIENT
    region: Query[Region | None] = None


class GetStoppedProcesses(
    Operation[list[Process]],
    method="GET",
    path="/processes/v1/{appId}/list/stopped",
    errors=(401, 404, 408, 422, 429),
    successor=processes.GetLatestProcesses,
):
    """List the processes of an application that have ended."""

    app_id: str = FROM_CLIENT
    region: Query[Region | None] = None
