"""Rooms that have lost their process, and get one again under the same id."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests

from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.network import Region
from hathora_deploy.api.rooms import RoomConnectionData
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import rooms
from hathora_deploy.cloud.identity import authenticate
from hathora_deploy.cloud.state import processes
from tests.cloud.handlers.conftest import Running, deploy, eventually


def suspend(running: Running, client: HathoraCloud, room_id: str) -> None:
    token = running.cloud.settings.token_file.read_text()
    caller = authenticate(running.cloud.store, [f"Bearer {token}"], now=datetime.now(UTC))
    call = Call(running.cloud, caller, base_url=running.endpoint, now=datetime.now(UTC))
    rooms.suspend(str(client.app_id), room_id, call)


def new_room(client: HathoraCloud) -> RoomConnectionData:
    room = client.rooms_v2.create_room(region=Region.TOKYO, room_config="lava")
    eventually(
        lambda: client.rooms_v2.get_connection_info(room_id=room.room_id),
        lambda info: info.status == "active",
    )
    return room


def test_a_suspended_room_waits_for_a_process_and_keeps_its_config(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    room = new_room(client)

    suspend(running, client, room.room_id)

    info = client.rooms_v2.get_room_info(room_id=room.room_id)
    assert (info.status, info.current_allocation, info.room_config) == ("scheduling", None, "lava")
    inactive = client.rooms_v2.get_inactive_rooms_for_process(process_id=room.process_id)
    assert [(other.room_id, other.status) for other in inactive] == [(room.room_id, "scheduling")]


def test_its_process_goes_on_with_place_for_another_room(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    room = new_room(client)

    suspend(running, client, room.room_id)

    assert client.rooms_v2.create_room(region=Region.TOKYO).process_id == room.process_id


def test_a_room_that_is_resumed_gets_a_process_of_its_own_deployment_again(
    running: Running, client: HathoraCloud
) -> None:
    deployment = deploy(client)
    room = new_room(client)
    suspend(running, client, room.room_id)
    client.rooms_v2.create_room(region=Region.TOKYO)
    deploy(client)

    resumed = client.rooms_v2.resume_room(room_id=room.room_id)

    assert resumed.status == "starting"
    assert resumed.process_id not in (None, room.process_id)
    process = client.processes_v3.get_process(process_id=str(resumed.process_id))
    assert process.deployment_id == deployment.deployment_id
    assert process.region == Region.TOKYO
    shown = client.rooms_v2.get_room_info(room_id=room.room_id)
    assert shown.status == "active"
    visited = [allocation.process_id for allocation in shown.allocations]
    assert visited == [resumed.process_id, room.process_id]
    with_address = eventually(
        lambda: client.rooms_v2.resume_room(room_id=room.room_id),
        lambda answer: answer.status == "active",
    )
    assert with_address.exposed_port is not None
    assert with_address.process_id == resumed.process_id


def test_resuming_a_room_that_has_a_process_answers_that(client: HathoraCloud) -> None:
    deploy(client)
    room = new_room(client)

    resumed = client.rooms_v2.resume_room(room_id=room.room_id)

    assert resumed.process_id == room.process_id
    assert len(client.rooms_v2.get_room_info(room_id=room.room_id).allocations) == 1


def test_players_who_ask_where_to_connect_get_a_suspended_room_going_once(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    room = new_room(client)
    suspend(running, client, room.room_id)
    client.processes_v3.stop_process(process_id=room.process_id)
    url = f"{running.endpoint}/rooms/v2/{client.app_id}/connectioninfo/{room.room_id}"

    answers = [requests.get(url).json()["status"] for _ in range(3)]

    assert answers[0] == "starting"
    info = client.rooms_v2.get_room_info(room_id=room.room_id)
    assert len(info.allocations) == 2
    eventually(lambda: requests.get(url).json()["status"], lambda status: status == "active")


def test_a_room_that_was_destroyed_or_never_was_is_not_resumed(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    room = new_room(client)
    client.rooms_v2.destroy_room(room_id=room.room_id)

    with pytest.raises(NotFound, match="was destroyed"):
        client.rooms_v2.resume_room(room_id=room.room_id)
    with pytest.raises(NotFound, match="was destroyed"):
        suspend(running, client, room.room_id)
    with pytest.raises(NotFound, match="no room nobody"):
        client.rooms_v2.resume_room(room_id="nobody")
    with pytest.raises(NotFound, match="in your organization"):
        running.other_org().rooms_v2.resume_room(app_id=str(client.app_id), room_id=room.room_id)


def test_a_suspended_room_outlives_its_process_and_can_be_destroyed(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    room = new_room(client)
    suspend(running, client, room.room_id)
    client.processes_v3.stop_process(process_id=room.process_id)
    assert client.rooms_v2.get_room_info(room_id=room.room_id).status == "scheduling"

    client.rooms_v2.destroy_room(room_id=room.room_id)

    with pytest.raises(NotFound, match="was destroyed"):
        client.rooms_v2.get_connection_info(room_id=room.room_id)


def test_a_room_that_comes_back_to_its_process_is_told_of_once(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    room = new_room(client)
    v2 = client.rooms_v2
    lists = (v2.get_active_rooms_for_process, v2.get_inactive_rooms_for_process)

    def told() -> list[list[str]]:
        return [[each.room_id for each in of(process_id=room.process_id)] for of in lists]

    for _ in range(2):
        suspend(running, client, room.room_id)
        suspended = told()
        v2.resume_room(room_id=room.room_id)

    assert suspended == [[], [room.room_id]]
    assert told() == [[room.room_id], []]


def test_no_room_of_a_deleted_app_gets_a_process_however_it_is_asked_for(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    room = new_room(client)
    suspend(running, client, room.room_id)

    client.apps_v2.delete_app()

    with pytest.raises(NotFound, match="was destroyed"):
        client.rooms_v2.get_connection_info(room_id=room.room_id)
    with running.cloud.store.read() as connection:
        found = processes.newest(connection, str(client.app_id), None, limit=10)
    assert [process.process_id for process in found] == [room.process_id]
