"""Lobbies that are no more than a visibility and a region."""

from __future__ import annotations

from hathora_deploy.api.deprecated import lobbies_v1
from hathora_deploy.client.call import call, player_call
from hathora_deploy.client.resource import ModeT, Resource


class LobbiesV1(Resource[ModeT]):
    """Lobbies that are no more than a visibility and a region."""

    create_private_lobby_deprecated = player_call(lobbies_v1.CreatePrivateLobbyDeprecated)
    create_public_lobby_deprecated = player_call(lobbies_v1.CreatePublicLobbyDeprecated)
    list_active_public_lobbies_deprecated_v1 = call(lobbies_v1.ListActivePublicLobbiesDeprecatedV1)
