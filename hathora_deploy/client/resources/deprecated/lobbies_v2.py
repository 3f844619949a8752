"""Lobbies with a state of their own."""

from __future__ import annotations

from hathora_deploy.api.deprecated import lobbies_v2
from hathora_deploy.client.call import call, player_call
from hathora_deploy.client.resource import ModeT, Resource


class LobbiesV2(Resource[ModeT]):
    """Lobbies with a state of their own."""

    create_lobby_deprecated = player_call(lobbies_v2.CreateLobbyDeprecated)
    create_local_lobby = player_call(lobbies_v2.CreateLocalLobby)
    create_private_lobby = player_call(lobbies_v2.CreatePrivateLobby)
    create_public_lobby = player_call(lobbies_v2.CreatePublicLobby)
    get_lobby_info = call(lobbies_v2.GetLobbyInfo)
    list_active_public_lobbies_deprecated_v2 = call(lobbies_v2.ListActivePublicLobbiesDeprecatedV2)
    set_lobby_state = call(lobbies_v2.SetLobbyState)
