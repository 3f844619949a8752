"""Gives the rooms of a process that crashed another one, with the config that they have."""

from __future__ import annotations

from datetime import datetime
from itertools import repeat

from sqlalchemy import Connection

from hathora_deploy.api.network import Region
from hathora_deploy.cloud import ids, scheduler
from hathora_deploy.cloud.state import deployments, processes, rooms
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.rooms import AllocationRecord


def reschedule(connection: Connection, crashed: ProcessRecord, now: datetime) -> None:
    """Place its rooms in processes of its deployment, as if they were new; each room only once.

    What is started for them is kept if the one that crashed was. A room that loses its second process is destroyed.
    """
    room_ids = rooms.take_out(connection, crashed.process_id, now)
    if not room_ids:
        return
    deployment = deployments.get(connection, crashed.deployment_id)
    assert deployment is not None  # a process has one, and none is ever deleted
    region = Region(crashed.region)
    homes = scheduler.spread(
        processes.accepting(connection, deployment.deployment_id, region),
        len(room_ids),
        rooms_per_process=deployment.rooms_per_process,
    )
    missing = len(room_ids) - len(homes)
    if missing:
        # One is enough: they were in one.
        process = scheduler.new_process(deployment, region, now, is_kept=crashed.is_kept)
        processes.add(connection, process)
        homes += repeat(process.process_id, missing)
    rooms.allocate(
        connection,
        *(
            AllocationRecord(ids.new_room_allocation_id(), room_id, process_id, scheduled_at=now)
            for room_id, process_id in zip(room_ids, homes, strict=True)
        ),
    )
