"""RoomsV2: what is left of suspending."""

from __future__ import annotations

from hathora_deploy.api.deprecated.rooms_v2 import SuspendRoomV2Deprecated
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import rooms


def suspend_room(operation: SuspendRoomV2Deprecated, call: Call) -> None:
    rooms.suspend(operation.app_id, operation.room_id, call)
