"""The times that calls for metrics name, and the points that they are answered with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.api.network import MetricValue
from hathora_deploy.cloud.metrics import Grid, Point

_HOUR: Final = 3600
_MOST_POINTS: Final = 10_000
_DIGITS: Final = 6


def choose_grid(*, start: float | None, end: float | None, step: int, now: datetime) -> Grid:
    """What a call asks for, in Unix seconds: the hour until now unless it says otherwise."""
    end = math.ceil(now.timestamp()) if end is None else _checked("end", end)
    start = end - _HOUR if start is None else _checked("start", start)
    if not start < end:
        raise UnprocessableEntity("start: it is to come before the end")
    if step < 1:
        raise UnprocessableEntity("step: it is at least 1 second")
    # A step that is longer than the whole time is the only one.
    grid = Grid(start, end, min(step, math.ceil(end - start)))
    if grid.size > _MOST_POINTS:
        raise UnprocessableEntity(
            f"step: {grid.size} points are more than {_MOST_POINTS}: take a longer step"
        )
    return grid


def moment(unix_seconds: float) -> datetime:
    return datetime.fromtimestamp(unix_seconds, tz=UTC)


def values(points: Iterable[Point]) -> list[MetricValue]:
    return [MetricValue(timestamp=at, value=round(value, _DIGITS)) for at, value in points]


def _checked(name: str, unix_seconds: float) -> float:
    try:
        moment(unix_seconds - _HOUR)
        moment(unix_seconds)
    except (OverflowError, ValueError, OSError):
        raise UnprocessableEntity(f"{name}: no such moment, in Unix seconds") from None
    return unix_seconds
