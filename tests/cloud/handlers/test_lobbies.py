from __future__ import annotations

from datetime import UTC, datetime

import jwt
import pytest
import requests

from hathora_deploy.api.apps import AuthConfiguration, Enabled
from hathora_deploy.api.errors import BadRequest, NotFound, Unauthorized, UnprocessableEntity
from hathora_deploy.api.lobbies import CreateLobby, LobbyV3, LobbyVisibility
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import players
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import lobbies
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import Running, deploy, eventually


def player(client: HathoraCloud) -> Secret:
    """The token of a new player of the client's app."""
    client.apps_v2.patch_app(auth_configuration=AuthConfiguration(anonymous=Enabled()))
    return client.auth_v1.login_anonymous().token


def id_of(token: Secret) -> object:
    return jwt.decode(token.reveal(), options={"verify_signature": False})["id"]


def create(
    client: HathoraCloud,
    token: Secret,
    visibility: LobbyVisibility = LobbyVisibility.PUBLIC,
    *,
    region: Region = Region.LONDON,
    short_code: str | None = None,
    room_id: str | None = None,
) -> LobbyV3:
    return client.lobbies_v3.create_lobby(
        token,
        region=region,
        visibility=visibility,
        room_config="lava",
        short_code=short_code,
        room_id=room_id,
    )


def listed(client: HathoraCloud, region: Region | None = None) -> list[str]:
    found = client.lobbies_v3.list_active_public_lobbies(region=region)
    return [lobby.room_id for lobby in found]


def test_a_player_creates_a_lobby_whose_room_others_can_play_in(client: HathoraCloud) -> None:
    deploy(client)
    token = player(client)

    lobby = create(client, token)

    assert lobby.created_by == id_of(token)
    assert lobby.short_code == lobby.room_id
    assert (lobby.region, lobby.visibility, lobby.room_config) == ("London", "public", "lava")
    assert client.lobbies_v3.get_lobby_info_by_room_id(room_id=lobby.room_id) == lobby
    eventually(
        lambda: client.rooms_v2.get_connection_info(room_id=lobby.room_id),
        lambda info: info.status == "active",
    )


def test_players_find_and_join_lobbies_without_a_token(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    lobby = create(client, player(client), short_code="LFG4")
    base = f"{running.endpoint}/lobby/v3/{client.app_id}"

    answers = [
        requests.get(f"{base}/info/roomid/{lobby.room_id}"),
        requests.get(f"{base}/info/shortcode/LFG4"),
        requests.get(f"{base}/list/public"),
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()[0]
    assert answers[0].json()["shortCode"] == "LFG4"


def test_the_newest_lobby_of_a_short_code_is_found_a_private_one_too(client: HathoraCloud) -> None:
    deploy(client)
    token = player(client)
    create(client, token, short_code="1234")
    newest = create(client, token, LobbyVisibility.PRIVATE, short_code="1234")

    found = client.lobbies_v3.get_lobby_info_by_short_code(short_code="1234")

    assert found.room_id == newest.room_id


def test_public_lobbies_are_listed_newest_first_until_their_room_is_destroyed(
    client: HathoraCloud,
) -> None:
    deploy(client)
    token = player(client)
    first = create(client, token)
    create(client, token, LobbyVisibility.PRIVATE)
    second = create(client, token, region=Region.TOKYO)

    assert listed(client) == [second.room_id, first.room_id]
    assert listed(client, Region.TOKYO) == [second.room_id]
    client.rooms_v2.destroy_room(room_id=second.room_id)
    assert listed(client) == [first.room_id]
    assert client.lobbies_v3.get_lobby_info_by_room_id(room_id=second.room_id) == second


def test_lobbies_of_another_app_are_not_found(running: Running, client: HathoraCloud) -> None:
    deploy(client)
    lobby = create(client, player(client), short_code="mine")
    other = running.new_app()

    assert listed(other) == []
    with pytest.raises(NotFound, match=f"no lobby of room {lobby.room_id}"):
        other.lobbies_v3.get_lobby_info_by_room_id(room_id=lobby.room_id)
    with pytest.raises(NotFound, match="no lobby with code mine"):
        other.lobbies_v3.get_lobby_info_by_short_code(short_code="mine")


def test_a_lobby_shows_the_config_that_the_game_server_gave_its_room(client: HathoraCloud) -> None:
    deploy(client)
    lobby = create(client, player(client))

    client.rooms_v2.update_room_config(room_id=lobby.room_id, room_config="3 of 4 players")

    shown = client.lobbies_v3.get_lobby_info_by_room_id(room_id=lobby.room_id)
    assert shown.room_config == "3 of 4 players"


def test_the_room_of_a_lobby_bears_the_id_that_the_player_chose_if_it_is_free(
    client: HathoraCloud,
) -> None:
    deploy(client)
    token = player(client)

    room_id = f"mine-{str(client.app_id)[-12:]}"
    assert create(client, token, room_id=room_id).room_id == room_id
    with pytest.raises(UnprocessableEntity, match=f"{room_id} is taken"):
        create(client, token, LobbyVisibility.LOCAL, room_id=room_id)


def test_only_players_of_the_app_create_lobbies_in_it(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    own = Secret(running.cloud.settings.token_file.read_text())
    stranger = player(running.new_app())

    for token in (own, stranger, Secret("garbage")):
        with pytest.raises(Unauthorized, match="not one of a player of app"):
            create(client, token)
    answer = requests.post(
        f"{running.endpoint}/lobby/v3/{client.app_id}/create",
        json={"region": "London", "visibility": "public"},
    )
    assert answer.status_code == 401
    assert listed(client) == []
    with pytest.raises(NotFound, match="no app app-nowhere"):
        create(running.client_with(app_id="app-nowhere"), stranger)


def test_a_player_may_call_nothing_that_an_organizations_token_may(
    running: Running, client: HathoraCloud
) -> None:
    token = player(client)

    with pytest.raises(Unauthorized):
        running.client_with(token.reveal(), app_id=client.app_id).apps_v2.get_app()


def test_a_lobby_needs_a_deployment_unless_it_is_local(client: HathoraCloud) -> None:
    token = player(client)

    with pytest.raises(NotFound, match="no deployment yet"):
        create(client, token)
    assert create(client, token, LobbyVisibility.LOCAL).visibility == "local"


def test_a_local_lobby_starts_nothing_and_its_room_is_kept_for_the_developers_own_server(
    client: HathoraCloud,
) -> None:
    deploy(client)
    lobby = create(client, player(client), LobbyVisibility.LOCAL)

    assert listed(client) == []
    assert client.processes_v3.get_latest_processes() == []
    room = client.rooms_v2.get_room_info(room_id=lobby.room_id)
    assert (room.status, room.current_allocation, room.allocations) == ("scheduling", None, [])
    for asked in (client.rooms_v2.get_connection_info, client.rooms_v2.resume_room):
        with pytest.raises(BadRequest, match="is local: this cloud runs no process for it"):
            asked(room_id=lobby.room_id)
    client.rooms_v2.update_room_config(room_id=lobby.room_id, room_config="full")
    shown = client.lobbies_v3.get_lobby_info_by_short_code(short_code=lobby.short_code)
    assert shown.room_config == "full"
    client.rooms_v2.destroy_room(room_id=lobby.room_id)
    assert client.rooms_v2.get_room_info(room_id=lobby.room_id).status == "destroyed"


def test_a_player_who_was_let_in_just_before_the_app_went_opens_no_lobby(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    token = player(client)
    caller = players.authenticate(running.cloud.store, token, str(client.app_id))
    call = Call(running.cloud, caller, base_url=running.endpoint, now=datetime.now(UTC))

    client.apps_v2.delete_app()

    with pytest.raises(NotFound, match="no app"):
        lobbies.create_lobby(
            CreateLobby(
                app_id=str(client.app_id),
                region=Region.LONDON,
                visibility=LobbyVisibility.PUBLIC,
            ),
            call,
        )
