"""A room of a new deployment, waited for until players can connect."""

from __future__ import annotations

import secrets
import string
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.errors import ApiError, NotFound
from hathora_deploy.api.network import ExposedPort, Region
from hathora_deploy.api.rooms import (
    ConnectionInfoV2,
    RoomReadyStatus,
    RoomStatus,
)
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.errors import StartFailedError
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.process import WatchedProcess, stop_unless_used
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.undo import once_there, undone_on_failure

_ROOM_ID_LENGTH: Final = 13
_ROOM_ID_CHARACTERS: Final = string.digits + string.ascii_lowercase


@dataclass(frozen=True)
class RunningRoom:
    """A room that players can connect to, at ``address``."""

    room_id: str
    process_id: str
    region: Region
    address: ExposedPort
    additional_addresses: tuple[ExposedPort, ...]


def open_room(
    cloud: HathoraCloud,
    deployment: DeploymentV3,
    region: Region,
    *,
    timeout: float,
    patience: Patience,
    reporter: Reporter,
) -> RunningRoom:
    """Create a room and wait, at most ``timeout`` seconds, for its process.

    Raises StartFailedError; the room is destroyed then, and the process if nobody else has a room in it.
    """
    # The id is chosen here, so that a room whose creation is interrupted can be taken back.
    room_id = "".join(secrets.choice(_ROOM_ID_CHARACTERS) for _ in range(_ROOM_ID_LENGTH))
    close = once_there(partial(close_room, cloud, room_id), patience)
    is_refused = False
    with undone_on_failure(
        reporter,
        f"room {room_id}",
        close,
        patience=patience,
        is_needed=lambda: not is_refused,
    ):
        try:
            room = cloud.rooms_v2.create_room(
                region=region, room_id=room_id, deployment_id=deployment.deployment_id
            )
        except ApiError:
            is_refused = True
            raise
        reporter.room_starting(room.room_id, region)
        process = WatchedProcess(cloud, deployment, room.process_id, StartFailedError, patience)
        info = _wait(process, room.room_id, timeout)
        assert info.exposed_port is not None  # or _wait would be waiting still
        reporter.room_running(room.room_id, region, info.exposed_port)
    return RunningRoom(
        room.room_id,
        room.process_id,
        region,
        info.exposed_port,
        tuple(info.additional_exposed_ports),
    )


def close_room(cloud: HathoraCloud, room_id: str) -> None:
    """Destroy a room, and stop the processes that were started for it alone."""
    room = cloud.rooms_v2.get_room_info(room_id=room_id)
    if room.status != RoomStatus.DESTROYED:
        with suppress(NotFound):
            cloud.rooms_v2.destroy_room(room_id=room_id)
    for process_id in {allocation.process_id for allocation in room.allocations}:
        stop_unless_used(cloud, process_id)


def _wait(process: WatchedProcess, room_id: str, timeout: float) -> ConnectionInfoV2:
    def ready() -> ConnectionInfoV2 | None:
        process.look()
        try:
            info = process.cloud.rooms_v2.get_connection_info(room_id=room_id)
        except ApiError:
            # The process may have ended between the two questions, and says better why.
            process.look()
            raise
        is_ready = info.status == RoomReadyStatus.ACTIVE and info.exposed_port is not None
        return info if is_ready else None

    info = poll(ready, deadline=time.monotonic() + timeout, outage=process.patience.outage)
    if info is None:
        process.look()  # where the cloud does not answer, it is not the game server's fault
        raise process.failed(f"did not start within {timeout:g} s")
    return info
