"""ProcessesV1."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from hathora_deploy.api.deprecated.processes_v1 import (
    GetProcessInfoDeprecated,
    GetRunningProcesses,
    GetStoppedProcesses,
    Process,
    ProcessWithRooms,
)
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import GetLatestProcesses, GetProcess, ProcessStatus, ProcessV3
from hathora_deploy.api.rooms import GetActiveRoomsForProcess
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import processes, rooms
from hathora_deploy.cloud.handlers.deprecated import numbers
from hathora_deploy.cloud.handlers.deprecated.translation import translated
from hathora_deploy.cloud.state import samples
from hathora_deploy.cloud.state.processes import ENDED

_LIVE: Final = tuple(status for status in ProcessStatus if status not in ENDED)
_ACCEPTING: Final = (ProcessStatus.STARTING, ProcessStatus.RUNNING)


def get_process(operation: GetProcessInfoDeprecated, call: Call) -> Process:
    found = processes.get_process(translated(GetProcess, operation), call)
    with call.cloud.store.read() as connection:
        return _view(connection, call, found)


def get_running_processes(operation: GetRunningProcesses, call: Call) -> list[ProcessWithRooms]:
    return [
        _with_rooms(process, call)
        for process in _list(operation.app_id, operation.region, _LIVE, call)
    ]


def get_stopped_processes(operation: GetStoppedProcesses, call: Call) -> list[Process]:
    return _list(operation.app_id, operation.region, ENDED, call)


def _list(
    app_id: str, region: Region | None, statuses: tuple[ProcessStatus, ...], call: Call
) -> list[Process]:
    wanted = GetLatestProcesses(
        app_id=app_id, region=[region] if region is not None else None, status=list(statuses)
    )
    found = processes.get_latest_processes(wanted, call)
    with call.cloud.store.read() as connection:
        return [_view(connection, call, process) for process in found]


def _with_rooms(process: Process, call: Call) -> ProcessWithRooms:
    inside = rooms.get_active_rooms(translated(GetActiveRoomsForProcess, process), call)
    return translated(ProcessWithRooms, process, rooms=inside, total_rooms=len(inside))


def _view(connection: Connection, call: Call, process: ProcessV3) -> Process:
    """What is not known is 0: the port before it is bound, and what was not measured yet."""
    port = process.exposed_port
    sample = samples.latest(connection, process.process_id)
    place = process.rooms_per_process - process.rooms_allocated
    return translated(
        Process,
        process,
        deployment_id=numbers.number_of_deployment(connection, process.deployment_id),
        host=port.host if port is not None else call.cloud.settings.public_host,
        port=port.port if port is not None else 0,
        starting_at=process.created_at,
        draining=process.status == ProcessStatus.DRAINING,
        room_slots_available=place if process.status in _ACCEPTING else 0,
        room_slots_available_updated_at=call.now,
        rooms_allocated_updated_at=call.now,
        active_connections=(sample.active_connections or 0) if sample else 0,
        active_connections_updated_at=sample.at if sample else process.created_at,
        idle_since=None,
        egressed_bytes=(sample.total_egress or 0) if sample else 0,
    )
