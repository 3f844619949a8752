"""Rooms whose processes have one port."""

from __future__ import annotations

from hathora_deploy.api.deprecated import rooms_v1
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class RoomsV1(Resource[ModeT]):
    """Rooms whose processes have one port."""

    get_connection_info_deprecated = call(rooms_v1.GetConnectionInfoDeprecated)
    create_room_deprecated = call(rooms_v1.CreateRoomDeprecated)
    destroy_room_deprecated = call(rooms_v1.DestroyRoomDeprecated)
    get_room_info_deprecated = call(rooms_v1.GetRoomInfoDeprecated)
    get_active_rooms_for_process_deprecated = call(rooms_v1.GetActiveRoomsForProcessDeprecated)
    get_inactive_rooms_for_process_deprecated = call(rooms_v1.GetInactiveRoomsForProcessDeprecated)
    suspend_room_deprecated = call(rooms_v1.SuspendRoomDeprecated)
