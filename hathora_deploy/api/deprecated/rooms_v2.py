"""Rooms without a process."""

from __future__ import annotations

from hathora_deploy.api import rooms
from hathora_deploy.api.operation import FROM_CLIENT, Operation


class SuspendRoomV2Deprecated(
    Operation[None],
    method="POST",
    path="/rooms/v2/{appId}/suspend/{roomId}",
    status=204,
    errors=(401, 404, 408, 429, 500),
    repeatable=True,
    successor=rooms.DestroyRoom,
):
    """Take a room out of its process; it is allocated again under the same id when it is asked for."""

    room_id: str
    app_id: str = FROM_CLIENT
