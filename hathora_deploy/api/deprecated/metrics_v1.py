"""Metrics of processes, with the names they first had."""

from __future__ import annotations

from pydantic import ConfigDict

from hathora_deploy.api import processes
from hathora_deploy.api.model import Model, Number, OpenEnum
from hathora_deploy.api.network import MetricValue
from hathora_deploy.api.operation import FROM_CLIENT, Operation, Query


class DeprecatedProcessMetricName(OpenEnum):
    """What was measured of a process."""

    CPU = "cpu"
    MEMORY = "memory"
    RATE_EGRESS = "rate_egress"
    TOTAL_EGRESS = "total_egress"
    ACTIVE_CONNECTIONS = "active_connections"


class DeprecatedProcessMetricsData(Model):
    """The metrics that were asked for."""

    # Unlike everywhere else, these fields have underscores on the wire too.
    model_config = ConfigDict(alias_generator=None)

    cpu: list[MetricValue] | None = None
    memory: list[MetricValue] | None = None
    rate_egress: list[MetricValue] | None = None
    total_egress: list[MetricValue] | None = None
    active_connections: list[MetricValue] | None = None


class GetMetricsDeprecated(
    Operation[DeprecatedProcessMetricsData],
    method="GET",
    path="/metrics/v1/{appId}/process/{processId}",
    errors=(401, 404, 408, 422, 429, 500),
    successor=processes.GetProcessMetrics,
):
    """Get metrics of a process; ``start`` and ``end`` are in Unix seconds, ``step`` in seconds."""

    process_id: str
    app_id: str = FROM_CLIENT
    end: Query[Number | None] = None
    metrics: Query[list[DeprecatedProcessMetricName] | None] = None
    start: Query[Number | None] = None
    step: Query[int] = 60
