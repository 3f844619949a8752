"""Lobbies: rooms that players have created and find by themselves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from hathora_deploy.api.lobbies import LobbyVisibility
from hathora_deploy.api.rooms import RoomStatus
from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import lobbies, rooms


@dataclass(frozen=True)
class LobbyRecord:
    """A lobby. ``room_config`` is its room's, as it is now."""

    room_id: str
    app_id: str
    region: str
    visibility: str
    short_code: str
    created_at: datetime
    created_by: str
    room_config: str | None


def add(connection: Connection, lobby: LobbyRecord) -> None:
    values = asdict(lobby)
    del values["room_config"]
    connection.execute(insert(lobbies).values(**values))


def get(connection: Connection, app_id: str, room_id: str) -> LobbyRecord | None:
    return rows.first(connection, _of_app(app_id).where(lobbies.c.room_id == room_id), LobbyRecord)


def newest_of_code(connection: Connection, app_id: str, short_code: str) -> LobbyRecord | None:
    """The last that was created of those with a short code."""
    statement = _of_app(app_id).where(lobbies.c.short_code == short_code)
    return rows.first(connection, statement, LobbyRecord)


def open_and_public(
    connection: Connection, app_id: str, *, region: str | None, limit: int
) -> list[LobbyRecord]:
    """Those that anybody may see, and whose room is not destroyed; newest first."""
    statement = _of_app(app_id).where(
        lobbies.c.visibility == LobbyVisibility.PUBLIC, rooms.c.status != RoomStatus.DESTROYED
    )
    if region is not None:
        statement = statement.where(lobbies.c.region == region)
    return rows.every(connection, statement.limit(limit), LobbyRecord)


def _of_app(app_id: str) -> Select[Any]:
    """Newest first."""
    statement = select(lobbies, rooms.c.config.label("room_config"))
    return (
        statement.join(rooms, rooms.c.room_id == lobbies.c.room_id)
        .where(lobbies.c.app_id == app_id)
        .order_by(lobbies.c.created_at.desc(), lobbies.c.room_id)
    )
