"""Rooms."""

from __future__ import annotations

from hathora_deploy.api import rooms
from hathora_deploy.api.deprecated import rooms_v2
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class RoomsV2(Resource[ModeT]):
    """Rooms."""

    get_connection_info = call(rooms.GetConnectionInfo)
    create_room = call(rooms.CreateRoom)
    destroy_room = call(rooms.DestroyRoom)
    get_room_info = call(rooms.GetRoomInfo)
    get_active_rooms_for_process = call(rooms.GetActiveRoomsForProcess)
    get_inactive_rooms_for_process = call(rooms.GetInactiveRoomsForProcess)
    resume_room = call(rooms.ResumeRoom)
    update_room_config = call(rooms.UpdateRoomConfig)
    suspend_room_v2_deprecated = call(rooms_v2.SuspendRoomV2Deprecated)
