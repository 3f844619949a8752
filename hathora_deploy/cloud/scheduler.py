"""Decides which process a room goes to, and what a new process is. Pure: the reconciler acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import chain, islice, repeat

from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.processes import ProcessRecord


def place(rooms: Mapping[str, int], *, rooms_per_process: int) -> str | None:
    """The fullest process that still has place, so that others can empty; None if all are full.

    ``rooms`` is how many are in each; of several that are as full it is the first.
    """
    with_place = [each for each, count in rooms.items() if count < rooms_per_process]
    return max(with_place, key=lambda each: rooms[each], default=None)


def spread(rooms: Mapping[str, int], count: int, *, rooms_per_process: int) -> list[str]:
    """The processes that so many rooms go to if they are placed one after another.

    The list is shorter than ``count`` where there is not place for all.
    """
    fullest_first = sorted(rooms, key=lambda each: rooms[each], reverse=True)
    places = chain.from_iterable(
        repeat(each, max(0, rooms_per_process - rooms[each])) for each in fullest_first
    )
    return list(islice(places, count))


def new_process(
    deployment: DeploymentRecord, region: Region, now: datetime, *, is_kept: bool = False
) -> ProcessRecord:
    """A process for the reconciler to start."""
    return ProcessRecord(
        process_id=ids.new_process_id(),
        app_id=deployment.app_id,
        deployment_id=deployment.deployment_id,
        region=region,
        status=ProcessStatus.STARTING,
        created_at=now,
        is_kept=is_kept,
    )
