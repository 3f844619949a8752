"""AuthV1: logins of players."""

from __future__ import annotations

from typing import Final

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.auth import (
    LoginAnonymous,
    LoginGoogle,
    LoginNickname,
    PlayerTokenObject,
)
from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.cloud import ids, player_names, players
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import app_of_players
from hathora_deploy.cloud.players import Player
from hathora_deploy.cloud.state.apps import AppRecord

_LONGEST_NICKNAME: Final = 100


def login_anonymous(operation: LoginAnonymous, call: Call) -> PlayerTokenObject:
    app, ways = _app(operation.app_id, call)
    if ways.anonymous is None:
        raise _switched_off(app, "anonymous")
    player = Player("anonymous", ids.new_player_id(), player_names.new_name())
    return PlayerTokenObject(token=players.issue_token(player, app, call.now))


def login_nickname(operation: LoginNickname, call: Call) -> PlayerTokenObject:
    """Nicknames are not unique: whoever takes one is a new player."""
    app, ways = _app(operation.app_id, call)
    if ways.nickname is None:
        raise _switched_off(app, "nickname")
    if not 0 < len(operation.nickname.strip()) <= _LONGEST_NICKNAME:
        raise UnprocessableEntity(f"nickname: it has from 1 to {_LONGEST_NICKNAME} characters")
    player = Player("nickname", ids.new_player_id(), operation.nickname)
    return PlayerTokenObject(token=players.issue_token(player, app, call.now))


def login_google(operation: LoginGoogle, call: Call) -> PlayerTokenObject:
    app, ways = _app(operation.app_id, call)
    if ways.google is None:
        raise _switched_off(app, "google")
    from hathora_deploy.cloud import google  # slow to import, and many a cloud never needs it

    account = google.verify(
        operation.id_token, client_id=ways.google.client_id, keys=call.cloud.google_keys
    )
    player_id = players.google_id(app, account.subject)
    player = Player("google", player_id, account.name, account.email)
    return PlayerTokenObject(token=players.issue_token(player, app, call.now))


def _app(app_id: str, call: Call) -> tuple[AppRecord, AuthConfiguration]:
    with call.cloud.store.read() as connection:
        app = app_of_players(connection, app_id)
    return app, AuthConfiguration.model_validate(app.auth_configuration)


def _switched_off(app: AppRecord, way: str) -> NotFound:
    return NotFound(
        f"app {app.app_id} has no {way} login", hint=f"add {way} to its authConfiguration"
    )
