"""Processes: running game servers."""

from __future__ import annotations

from hathora_deploy.api.model import DateTime, Model, Number, OpenEnum
from hathora_deploy.api.network import ExposedPort, Hosting, MetricValue, Region
from hathora_deploy.api.operation import FROM_CLIENT, Operation, Query


class ProcessesCount(Model):
    """How many processes there are."""

    count: int


class ProcessStatus(OpenEnum):
    """Where a process is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    DRAINING = "draining"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class ProcessV3(Model):
    """A process; each moment is null until it has come."""

    app_id: str
    deployment_id: str
    process_id: str
    region: Region
    exposed_port: ExposedPort | None
    additional_exposed_ports: list[ExposedPort]
    rooms_per_process: int
    created_at: DateTime
    scheduled_at: DateTime | None
    booted_at: DateTime | None
    started_at: DateTime | None
    stopping_at: DateTime | None
    terminated_at: DateTime | None
    rooms_allocated: int
    status: ProcessStatus
    fleet_id: str | None = None
    summary_exit_reason: str | None = None
    hosting: Hosting | None = None


class ProcessMetricsData(Model):
    """The metrics that were asked for."""

    cpu: list[MetricValue] | None = None
    memory: list[MetricValue] | None = None
    rate_egress: list[MetricValue] | None = None
    total_egress: list[MetricValue] | None = None
    active_connections: list[MetricValue] | None = None
    gpu_utilization: list[MetricValue] | None = None
    gpu_memory: list[MetricValue] | None = None


class ProcessMetricName(OpenEnum):
    """What is measured of a process."""

    CPU = "cpu"
    MEMORY = "memory"
    RATE_EGRESS = "rateEgress"
    TOTAL_EGRESS = "totalEgress"
    ACTIVE_CONNECTIONS = "activeConnections"
    GPU_MEMORY = "gpuMemory"
    GPU_UTILIZATION = "gpuUtilization"


class GetProcessesCountExperimental(
    Operation[ProcessesCount],
    method="GET",
    path="/processes/v3/apps/{appId}/processes/count",
    errors=(401, 404, 408, 422, 429),
):
    """Count the processes of an application; ``before`` is in Unix milliseconds."""

    app_id: str = FROM_CLIENT
    before: Query[Number | None] = None
    region: Query[list[Region] | None] = None
    status: Query[list[ProcessStatus] | None] = None


class GetLatestProcesses(
    Operation[list[ProcessV3]],
    method="GET",
    path="/processes/v3/apps/{appId}/processes/latest",
    errors=(401, 404, 408, 422, 429),
):
    """List the processes of an application, newest first; ``before`` is in Unix milliseconds."""

    app_id: str = FROM_CLIENT
    before: Query[Number | None] = None
    region: Query[list[Region] | None] = None
    status: Query[list[ProcessStatus] | None] = None


class GetProcessMetrics(
    Operation[ProcessMetricsData],
    method="GET",
    path="/processes/v3/apps/{appId}/processes/process/{processId}/metrics",
    errors=(401, 404, 408, 422, 429, 500),
):
    """Get metrics of a process; ``start`` and ``end`` are in Unix seconds, ``step`` in seconds."""

    process_id: str
    app_id: str = FROM_CLIENT
    end: Query[Number | None] = None
    metrics: Query[list[ProcessMetricName] | None] = None
    start: Query[Number | None] = None
    step: Query[int] = 60


class CreateProcess(
    Operation[ProcessV3],
    method="POST",
    path="/processes/v3/apps/{appId}/processes/regions/{region}",
    status=201,
    errors=(401, 402, 404, 408, 422, 429, 500),
):
    """Start a process without a room, so that a room can be placed in it at once."""

    region: Region
    app_id: str = FROM_CLIENT


class GetProcess(
    Operation[ProcessV3],
    method="GET",
    path="/processes/v3/apps/{appId}/processes/{processId}",
    errors=(401, 404, 408, 429),
):
    """Get a process."""

    process_id: str
    app_id: str = FROM_CLIENT


class StopProcess(
    Operation[None],
    method="POST",
    path="/processes/v3/apps/{appId}/processes/{processId}/stop",
    status=204,
    errors=(401, 404, 408, 429, 500),
    repeatable=True,
):
    """Stop a process; its rooms are destroyed."""

    process_id: str
    app_id: str = FROM_CLIENT
