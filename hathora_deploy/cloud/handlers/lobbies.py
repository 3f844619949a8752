"""LobbiesV3."""

from __future__ import annotations

from typing import Final

from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.lobbies import (
    CreateLobby,
    GetLobbyInfoByRoomId,
    GetLobbyInfoByShortCode,
    ListActivePublicLobbies,
    LobbyV3,
    LobbyVisibility,
)
from hathora_deploy.api.network import Region
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import placement
from hathora_deploy.cloud.handlers.ownership import app_of_players
from hathora_deploy.cloud.state import lobbies
from hathora_deploy.cloud.state.lobbies import LobbyRecord

_LISTED: Final = 1000
"""How many public lobbies are listed at most."""


def create_lobby(operation: CreateLobby, call: Call) -> LobbyV3:
    """Its room has a process, unless the lobby is local: then a developer runs the game server."""
    is_local = operation.visibility == LobbyVisibility.LOCAL
    open_room = placement.open_local_room if is_local else placement.open_room
    with call.cloud.store.write() as connection:
        app_of_players(connection, operation.app_id)  # it may have gone since the player was let in
        room, _ = open_room(
            connection,
            call,
            app_id=operation.app_id,
            region=operation.region,
            room_id=operation.room_id,
            config=operation.room_config,
        )
        lobby = LobbyRecord(
            room_id=room.room_id,
            app_id=room.app_id,
            region=room.region,
            visibility=operation.visibility,
            short_code=operation.short_code or room.room_id,
            created_at=call.now,
            created_by=call.caller.name,
            room_config=room.config,
        )
        lobbies.add(connection, lobby)
    call.cloud.reconciler.wake()
    return _view(lobby)


def get_lobby_info_by_room_id(operation: GetLobbyInfoByRoomId, call: Call) -> LobbyV3:
    with call.cloud.store.read() as connection:
        lobby = lobbies.get(connection, operation.app_id, operation.room_id)
    if lobby is None:
        raise NotFound(f"no lobby of room {operation.room_id} in app {operation.app_id}")
    return _view(lobby)


def get_lobby_info_by_short_code(operation: GetLobbyInfoByShortCode, call: Call) -> LobbyV3:
    """A private one too: who knows the code is invited."""
    with call.cloud.store.read() as connection:
        lobby = lobbies.newest_of_code(connection, operation.app_id, operation.short_code)
    if lobby is None:
        raise NotFound(f"no lobby with code {operation.short_code} in app {operation.app_id}")
    return _view(lobby)


def list_active_public_lobbies(operation: ListActivePublicLobbies, call: Call) -> list[LobbyV3]:
    with call.cloud.store.read() as connection:
        found = lobbies.open_and_public(
            connection, operation.app_id, region=operation.region, limit=_LISTED
        )
    return [_view(lobby) for lobby in found]


def _view(lobby: LobbyRecord) -> LobbyV3:
    return LobbyV3(
        app_id=lobby.app_id,
        room_id=lobby.room_id,
        region=Region(lobby.region),
        visibility=LobbyVisibility(lobby.visibility),
        short_code=lobby.short_code,
        room_config=lobby.room_config,
        created_at=lobby.created_at,
        created_by=lobby.created_by,
    )
