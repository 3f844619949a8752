"""Processes whose deployments are known by a number."""

from __future__ import annotations

from hathora_deploy.api import processes
from hathora_deploy.api.model import DateTime, Model
from hathora_deploy.api.network import ExposedPort, Region
from hathora_deploy.api.operation import FROM_CLIENT, Operation, Query
from hathora_deploy.api.processes import ProcessesCount, ProcessStatus


class ProcessV2(Model):
    """A process; each nullable moment is null until it has come."""

    app_id: str
    deployment_id: int
    process_id: str
    region: Region
    exposed_port: ExposedPort | None
    additional_exposed_ports: list[ExposedPort]
    rooms_per_process: int
    created_at: DateTime
    started_at: DateTime | None
    stopping_at: DateTime | None
    terminated_at: DateTime | None
    rooms_allocated: int
    status: ProcessStatus


class GetProcessesCountExperimentalV2Deprecated(
    Operation[ProcessesCount],
    method="GET",
    path="/processes/v2/{appId}/count",
    errors=(401, 404, 408, 422, 429),
    successor=processes.GetProcessesCountExperimental,
):
    """Count the processes of an application."""

    app_id: str = FROM_CLIENT
    region: Query[list[Region] | None] = None
    status: Query[list[ProcessStatus] | None] = None


class CreateProcessV2Deprecated(
    Operation[ProcessV2],
    method="POST",
    path="/processes/v2/{appId}/create/{region}",
    status=201,
    errors=(401, 402, 404, 408, 422, 429, 500),
    successor=processes.CreateProcess,
):
    """Start a process without a room, so that a room can be placed in it at once."""

    region: Region
    app_id: str = FROM_CLIENT


class GetProcessInfoV2Deprecated(
    Operation[ProcessV2],
    method="GET",
    path="/processes/v2/{appId}/info/{processId}",
    errors=(401, 404, 408, 429),
    successor=processes.GetProcess,
):
    """Get a process."""

    process_id: str
    app_id: str = FROM_CLIENT


class GetLatestProcessesV2Deprecated(
    Operation[list[ProcessV2]],
    method="GET",
    path="/processes/v2/{appId}/list/latest",
    errors=(401, 404, 408, 422, 429),
    successor=processes.GetLatestProcesses,
):
    """List the processes of an application, newest first."""

    app_id: str = FROM_CLIENT
    region: Query[list[Region] | None] = None
    status: Query[list[ProcessStatus] | None] = None


class StopProcessV2Deprecated(
    Operation[None],
    method="POST",
    path="/processes/v2/{appId}/stop/{processId}",
    status=204,
    errors=(401, 404, 408, 429, 500),
    repeatable=True,
    successor=processes.StopProcess,
):
    """Stop a process; its rooms are destroyed."""

    process_id: str
    app_id: str = FROM_CLIENT
