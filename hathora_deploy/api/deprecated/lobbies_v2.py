"""Lobbies with a state of their own, which servers write and players read."""

from __future__ import annotations

from pydantic import JsonValue

from hathora_deploy.api import lobbies, rooms
from hathora_deploy.api.limits import RoomId
from hathora_deploy.api.lobbies import LobbyVisibility
from hathora_deploy.api.model import DateTime, Model, Number
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import FROM_CLIENT, Auth, Operation, Query


class Lobby(Model):
    """A lobby."""

    app_id: str
    room_id: str
    region: Region
    visibility: LobbyVisibility
    local: bool
    created_by: str | Number
    created_at: DateTime
    initial_config: JsonValue
    short_code: str | None
    state: JsonValue = None


class CreateLobbyDeprecated(
    Operation[Lobby],
    method="POST",
    path="/lobby/v2/{appId}/create",
    status=201,
    auth=Auth.PLAYER,
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
    successor=lobbies.CreateLobby,
):
    """Create a lobby as a player, and its room."""

    region: Region
    visibility: LobbyVisibility
    initial_config: JsonValue
    app_id: str = FROM_CLIENT
    room_id: Query[RoomId | None] = None


class CreateLocalLobby(
    Operation[Lobby],
    method="POST",
    path="/lobby/v2/{appId}/create/local",
    status=201,
    auth=Auth.PLAYER,
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
    successor=lobbies.CreateLobby,
):
    """Create a lobby for a server that runs on the player's own machine."""

    region: Region
    initial_config: JsonValue
    app_id: str = FROM_CLIENT
    room_id: Query[RoomId | None] = None


class CreatePrivateLobby(
    Operation[Lobby],
    method="POST",
    path="/lobby/v2/{appId}/create/private",
    status=201,
    auth=Auth.PLAYER,
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
    successor=lobbies.CreateLobby,
):
    """Create a lobby that only those who know its id find."""

    region: Region
    initial_config: JsonValue
    app_id: str = FROM_CLIENT
    room_id: Query[RoomId | None] = None


class CreatePublicLobby(
    Operation[Lobby],
    method="POST",
    path="/lobby/v2/{appId}/create/public",
    status=201,
    auth=Auth.PLAYER,
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
    successor=lobbies.CreateLobby,
):
    """Create a lobby that everybody finds."""

    region: Region
    initial_config: JsonValue
    app_id: str = FROM_CLIENT
    room_id: Query[RoomId | None] = None


class GetLobbyInfo(
    Operation[Lobby],
    method="GET",
    path="/lobby/v2/{appId}/info/{roomId}",
    auth=Auth.NONE,
    errors=(404, 408, 429),
    successor=lobbies.GetLobbyInfoByRoomId,
):
    """Get the lobby of a room."""

    room_id: str
    app_id: str = FROM_CLIENT


class ListActivePublicLobbiesDeprecatedV2(
    Operation[list[Lobby]],
    method="GET",
    path="/lobby/v2/{appId}/list/public",
    auth=Auth.NONE,
    errors=(401, 408, 429),
    successor=lobbies.ListActivePublicLobbies,
):
    """List the public lobbies that are open."""

    app_id: str = FROM_CLIENT
    region: Query[Region | None] = None


class SetLobbyState(
    Operation[Lobby],
    method="POST",
    path="/lobby/v2/{appId}/setState/{roomId}",
    errors=(401, 404, 408, 422, 429),
    repeatable=True,
    successor=rooms.UpdateRoomConfig,
):
    """Replace the state of a lobby."""

    room_id: str
    state: JsonValue
    app_id: str = FROM_CLIENT
