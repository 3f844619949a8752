"""Samples: what processes used, moment by moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import process_samples


@dataclass(frozen=True)
class SampleRecord:
    """What a process used at a moment; None is not known."""

    process_id: str
    at: datetime
    cpu: float | None
    """Cores, since the sample before."""
    memory: int | None
    """Bytes."""
    total_egress: int | None
    """Bytes, since the process began."""
    active_connections: int | None
    gpu_memory: int | None = None
    """Bytes."""
    gpu_utilization: float | None = None
    """Cards."""


def add(connection: Connection, samples: Sequence[SampleRecord]) -> None:
    connection.execute(insert(process_samples), [asdict(sample) for sample in samples])


def of_process(
    connection: Connection, process_id: str, *, start: datetime, end: datetime
) -> list[SampleRecord]:
    """Oldest first."""
    at = process_samples.c.at
    statement = select(process_samples).where(
        process_samples.c.process_id == process_id, at >= start, at < end
    )
    return rows.every(connection, statement.order_by(at), SampleRecord)


def latest(connection: Connection, process_id: str) -> SampleRecord | None:
    statement = select(process_samples).where(process_samples.c.process_id == process_id)
    return rows.first(connection, statement.order_by(process_samples.c.at.desc()), SampleRecord)


def forget(connection: Connection, before: datetime) -> None:
    connection.execute(delete(process_samples).where(process_samples.c.at < before))
