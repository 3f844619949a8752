"""The metrics of ProcessesV3 and FleetsV2."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.api.network import MetricValue
from hathora_deploy.api.processes import (
    GetProcessMetrics,
    ProcessMetricName as Name,
    ProcessMetricsData,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import find_process
from hathora_deploy.cloud.metrics import Grid, Point, last, rates
from hathora_deploy.cloud.state import samples
from hathora_deploy.cloud.state.samples import SampleRecord

_HOUR: Final = 3600
_MOST_POINTS: Final = 10_000
_DIGITS: Final = 6
_USUAL: Final = (Name.CPU, Name.MEMORY, Name.RATE_EGRESS)
"""What an earlier version of the contract names as the default."""


def get_process_metrics(operation: GetProcessMetrics, call: Call) -> ProcessMetricsData:
    """Of GPUs nothing is measured here, so there is nothing to tell."""
    grid = _grid(operation.start, operation.end, operation.step, call.now)
    with call.cloud.store.read() as connection:
        process = find_process(connection, call, operation.app_id, operation.process_id)
        found = samples.of_process(
            connection, process.process_id, start=_moment(grid.start), end=_moment(grid.end)
        )
    asked = operation.metrics or _USUAL

    def series(name: Name, points: Iterable[Point]) -> list[MetricValue] | None:
        return _values(points) if name in asked else None

    totals = _points(found, "total_egress")
    return ProcessMetricsData(
        cpu=series(Name.CPU, grid.summarize(_points(found, "cpu"))),
        memory=series(Name.MEMORY, grid.summarize(_points(found, "memory"))),
        rate_egress=series(Name.RATE_EGRESS, grid.summarize(rates(totals))),
        total_egress=series(Name.TOTAL_EGRESS, grid.summarize(totals, last)),
        active_connections=series(
            Name.ACTIVE_CONNECTIONS, grid.summarize(_points(found, "active_connections"))
        ),
    )


def _grid(start: float | None, end: float | None, step: int, now: datetime) -> Grid:
    """What a call asks for; the hour until now unless it says otherwise."""
    end = math.ceil(now.timestamp()) if end is None else _checked("end", end)
    start = end - _HOUR if start is None else _checked("start", start)
    if not start < end:
        raise UnprocessableEntity("start: it is to come before the end")
    if step < 1:
        raise UnprocessableEntity("step: it is at least 1 second")
    grid = Grid(start, end, step)
    if grid.size > _MOST_POINTS:
        raise UnprocessableEntity(
            f"step: {grid.size} points are more than {_MOST_POINTS}: take a longer step"
        )
    return grid


def _checked(name: str, unix_seconds: float) -> float:
    try:
        _moment(unix_seconds - _HOUR)
        _moment(unix_seconds)
    except (OverflowError, ValueError, OSError):
        raise UnprocessableEntity(f"{name}: no such moment, in Unix seconds") from None
    return unix_seconds


def _moment(unix_seconds: float) -> datetime:
    return datetime.fromtimestamp(unix_seconds, tz=UTC)


def _points(found: Iterable[SampleRecord], figure: str) -> list[Point]:
    """Of the samples that know the figure."""
    known = ((sample.at.timestamp(), getattr(sample, figure)) for sample in found)
    return [(moment, value) for moment, value in known if value is not None]


def _values(points: Iterable[Point]) -> list[MetricValue]:
    return [MetricValue(timestamp=moment, value=round(value, _DIGITS)) for moment, value in points]
