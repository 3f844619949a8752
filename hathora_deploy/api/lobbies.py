"""Lobbies: rooms that players create and find by themselves."""

from __future__ import annotations

from hathora_deploy.api.limits import RoomConfig, RoomId, ShortCode
from hathora_deploy.api.model import DateTime, Model, Number, OpenEnum
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import FROM_CLIENT, Auth, Operation, Query


class LobbyVisibility(OpenEnum):
    """Who can find a lobby."""

    PRIVATE = "private"
    PUBLIC = "public"
    LOCAL = "local"


class LobbyV3(Model):
    """A lobby."""

    app_id: str
    room_id: str
    region: Region
    visibility: LobbyVisibility
    created_by: str | Number
    created_at: DateTime
    short_code: str
    room_config: str | None = None


class CreateLobby(
    Operation[LobbyV3],
    method="POST",
    path="/lobby/v3/{appId}/create",
    status=201,
    auth=Auth.PLAYER,
    errors=(400, 401, 402, 404, 408, 422, 429, 500),
):
    """Create a lobby as a player, and its room."""

    region: Region
    visibility: LobbyVisibility
    app_id: str = FROM_CLIENT
    room_config: RoomConfig | None = None
    room_id: Query[RoomId | None] = None
    short_code: Query[ShortCode | None] = None


class GetLobbyInfoByRoomId(
    Operation[LobbyV3],
    method="GET",
    path="/lobby/v3/{appId}/info/roomid/{roomId}",
    auth=Auth.NONE,
    errors=(404, 408, 422, 429),
):
    """Get the lobby of a room."""

    room_id: str
    app_id: str = FROM_CLIENT


class GetLobbyInfoByShortCode(
    Operation[LobbyV3],
    method="GET",
    path="/lobby/v3/{appId}/info/shortcode/{shortCode}",
    auth=Auth.NONE,
    errors=(404, 408, 422, 429),
):
    """Get the newest lobby with a short code."""

    short_code: str
    app_id: str = FROM_CLIENT


class ListActivePublicLobbies(
    Operation[list[LobbyV3]],
    method="GET",
    path="/lobby/v3/{appId}/list/public",
    auth=Auth.NONE,
    errors=(401, 408, 422, 429),
):
    """List the public lobbies that are open."""

    app_id: str = FROM_CLIENT
    region: Query[Region | None] = None
