"""Lobbies that are no more than a visibility and a region."""

from __future__ import annotations

from hathora_deploy.api import lobbies
from hathora_deploy.api.deprecated.lobbies_v2 import Lobby
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import FROM_CLIENT, Auth, Operation, Query


class CreatePrivateLobbyDeprecated(
    Operation[str],
    method="POST",
    path="/lobby/v1/{appId}/create/private",
    auth=Auth.PLAYER,
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
    successor=lobbies.CreateLobby,
):
    """Create a lobby that only those who know its id find, and get the id of its room."""

    app_id: str = FROM_CLIENT
    local: Query[bool] = False
    region: Query[Region | None] = None


class CreatePublicLobbyDeprecated(
    Operation[str],
    method="POST",
    path="/lobby/v1/{appId}/create/public",
    auth=Auth.PLAYER,
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
    successor=lobbies.CreateLobby,
):
    """Create a lobby that everybody finds, and get the id of its room."""

    app_id: str = FROM_CLIENT
    local: Query[bool] = False
    region: Query[Region | None] = None


class ListActivePublicLobbiesDeprecatedV1(
    Operation[list[Lobby]],
    method="GET",
    path="/lobby/v1/{appId}/list",
    auth=Auth.NONE,
    errors=(404, 408, 422, 429),
    successor=lobbies.ListActivePublicLobbies,
):
    """List the public lobbies that are open."""

    app_id: str = FROM_CLIENT
    local: Query[bool] = False
    region: Query[Region | None] = None
