"""Lobbies."""

from __future__ import annotations

from hathora_deploy.api import lobbies
from hathora_deploy.client.call import call, player_call
from hathora_deploy.client.resource import ModeT, Resource


class LobbiesV3(Resource[ModeT]):
    """Lobbies."""

    create_lobby = player_call(lobbies.CreateLobby)
    get_lobby_info_by_room_id = call(lobbies.GetLobbyInfoByRoomId)
    get_lobby_info_by_short_code = call(lobbies.GetLobbyInfoByShortCode)
    list_active_public_lobbies = call(lobbies.ListActivePublicLobbies)
