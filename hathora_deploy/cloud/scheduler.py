"""Decides which process a room goes to. Pure: the reconciler acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hathora_deploy.cloud.state.processes import ProcessRecord


def place(
    processes: Iterable[ProcessRecord], occupancy: Mapping[str, int], *, rooms_per_process: int
) -> ProcessRecord | None:
    """The fullest process that still has place, so that others can empty; None if all are full."""
    with_place = [
        process for process in processes if occupancy.get(process.process_id, 0) < rooms_per_process
    ]
    return max(with_place, key=lambda process: occupancy.get(process.process_id, 0), default=None)
