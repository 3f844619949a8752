"""Logins of players, and what a game server can read in their tokens."""

from __future__ import annotations

import re
import time
from typing import Any

import jwt
import pytest

from hathora_deploy.api.apps import AuthConfiguration, Enabled
from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.client import HathoraCloud
from tests.cloud.handlers.conftest import Running

ALL = AuthConfiguration(anonymous=Enabled(), nickname=Enabled())


def claims(client: HathoraCloud, token: str) -> dict[str, Any]:
    """What the app's own secret verifies, as a game server does it."""
    secret = client.apps_v2.get_app().app_secret.reveal()
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    found: dict[str, Any] = jwt.decode(token, secret, algorithms=["HS256"])
    return found


def test_an_anonymous_player_gets_an_id_and_a_name(client: HathoraCloud) -> None:
    client.apps_v2.patch_app(auth_configuration=ALL)

    player = claims(client, client.auth_v1.login_anonymous().token.reveal())

    assert list(player) == ["type", "id", "name", "iat"]
    assert player["type"] == "anonymous"
    assert re.fullmatch(r"[0-9a-z]{11}", player["id"])
    assert re.fullmatch(r"[a-z]+-[a-z]+-[a-z]+", player["name"])
    assert abs(player["iat"] - time.time()) < 60


def test_every_anonymous_login_is_another_player(client: HathoraCloud) -> None:
    client.apps_v2.patch_app(auth_configuration=ALL)

    players = {
        claims(client, client.auth_v1.login_anonymous().token.reveal())["id"] for _ in range(5)
    }

    assert len(players) == 5


def test_a_nickname_is_the_players_name_as_it_was_given(client: HathoraCloud) -> None:
    client.apps_v2.patch_app(auth_configuration=ALL)

    player = claims(client, client.auth_v1.login_nickname(nickname="Zoë 🦦").token.reveal())

    assert list(player) == ["type", "id", "name", "iat"]
    assert (player["type"], player["name"]) == ("nickname", "Zoë 🦦")


@pytest.mark.parametrize("nickname", ["", "  ", "a" * 101])
def test_a_nickname_that_nobody_could_read_is_refused(client: HathoraCloud, nickname: str) -> None:
    client.apps_v2.patch_app(auth_configuration=ALL)

    with pytest.raises(UnprocessableEntity, match="nickname"):
        client.auth_v1.login_nickname(nickname=nickname)


def test_a_way_of_login_that_is_not_switched_on_is_not_found(client: HathoraCloud) -> None:
    with pytest.raises(NotFound, match="no anonymous login"):
        client.auth_v1.login_anonymous()
    with pytest.raises(NotFound, match="no nickname login"):
        client.auth_v1.login_nickname(nickname="zoe")
    with pytest.raises(NotFound, match="no google login"):
        client.auth_v1.login_google(id_token="a.b.c")


def test_players_of_an_app_that_is_not_there_cannot_log_in(running: Running) -> None:
    client = running.client_with(app_id="app-nowhere")

    with pytest.raises(NotFound, match="no app app-nowhere"):
        client.auth_v1.login_anonymous()


def test_apps_do_not_accept_each_others_players(running: Running) -> None:
    one, two = running.new_app(), running.new_app()
    one.apps_v2.patch_app(auth_configuration=ALL)

    token = one.auth_v1.login_anonymous().token.reveal()

    with pytest.raises(jwt.InvalidSignatureError):
        claims(two, token)
