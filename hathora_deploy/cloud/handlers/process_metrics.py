"""The metrics of ProcessesV3."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hathora_deploy.api.network import MetricValue
from hathora_deploy.api.processes import (
    GetProcessMetrics,
    ProcessMetricName as Name,
    ProcessMetricsData,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.grid import choose_grid, moment, values
from hathora_deploy.cloud.handlers.ownership import find_process
from hathora_deploy.cloud.metrics import Point, last, rates
from hathora_deploy.cloud.state import samples
from hathora_deploy.cloud.state.samples import SampleRecord

_USUAL: Final = (Name.CPU, Name.MEMORY, Name.RATE_EGRESS)
"""What an earlier version of the contract names as the default."""


def get_process_metrics(operation: GetProcessMetrics, call: Call) -> ProcessMetricsData:
    """Metrics of GPUs are absent unless the process was seen to use one."""
    grid = choose_grid(start=operation.start, end=operation.end, step=operation.step, now=call.now)
    with call.cloud.store.read() as connection:
        process = find_process(connection, call, operation.app_id, operation.process_id)
        found = samples.of_process(
            connection, process.process_id, start=moment(grid.start), end=moment(grid.end)
        )
    asked = operation.metrics or _USUAL

    def series(name: Name, points: Iterable[Point]) -> list[MetricValue] | None:
        return values(points) if name in asked else None

    totals = _points(found, "total_egress")
    return ProcessMetricsData(
        cpu=series(Name.CPU, grid.summarize(_points(found, "cpu"))),
        memory=series(Name.MEMORY, grid.summarize(_points(found, "memory"))),
        rate_egress=series(Name.RATE_EGRESS, grid.summarize(rates(totals))),
        total_egress=series(Name.TOTAL_EGRESS, grid.summarize(totals, last)),
        active_connections=series(
            Name.ACTIVE_CONNECTIONS, grid.summarize(_points(found, "active_connections"))
        ),
        gpu_utilization=series(
            Name.GPU_UTILIZATION, grid.summarize(_points(found, "gpu_utilization"))
        )
        or None,
        gpu_memory=series(Name.GPU_MEMORY, grid.summarize(_points(found, "gpu_memory"))) or None,
    )


def _points(found: Iterable[SampleRecord], figure: str) -> list[Point]:
    """Of the samples that know the figure."""
    known = ((sample.at.timestamp(), getattr(sample, figure)) for sample in found)
    return [(at, value) for at, value in known if value is not None]
