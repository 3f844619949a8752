from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
import requests

from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.network import Region
from hathora_deploy.api.rooms import ConnectionInfoV2
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.state import rooms
from hathora_deploy.cloud.state.rooms import AllocationRecord, RoomRecord
from tests.cloud.handlers.conftest import Running, deploy, eventually, game, some_name


def when_active(client: HathoraCloud, room_id: str) -> ConnectionInfoV2:
    return eventually(
        lambda: client.rooms_v2.get_connection_info(room_id=room_id),
        lambda info: info.status == "active",
    )


def test_players_learn_where_to_connect_once_the_room_is_active(client: HathoraCloud) -> None:
    deploy(client)

    room = client.rooms_v2.create_room(region=Region.TOKYO)
    info = when_active(client, room.room_id)

    assert len(room.room_id) == 13
    assert room.exposed_port is None
    assert info.exposed_port is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.settimeout(10)
        player.sendto(b"hi", (info.exposed_port.host, info.exposed_port.port))
        assert player.recv(100) == b"hi"


def test_connection_info_needs_no_token_and_leaves_out_what_is_not_known(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client, game("import time\ntime.sleep(1000)\n"))
    room = client.rooms_v2.create_room(region=Region.SEATTLE)

    answer = requests.get(
        f"{running.endpoint}/rooms/v2/{client.app_id}/connectioninfo/{room.room_id}"
    ).json()

    assert answer == {"roomId": room.room_id, "status": "starting", "additionalExposedPorts": []}


def test_rooms_share_a_process_that_has_place(client: HathoraCloud) -> None:
    deploy(client, rooms_per_process=2)

    first, second, third = (
        client.rooms_v2.create_room(region=Region.SEATTLE, room_id=None) for _ in range(3)
    )

    assert first.process_id == second.process_id
    assert third.process_id != first.process_id
    active = client.rooms_v2.get_active_rooms_for_process(process_id=first.process_id)
    assert [room.room_id for room in active] == [first.room_id, second.room_id]


def test_rooms_of_different_regions_never_share_a_process(client: HathoraCloud) -> None:
    deploy(client, rooms_per_process=10)

    here = client.rooms_v2.create_room(region=Region.SEATTLE)
    there = client.rooms_v2.create_room(region=Region.SYDNEY)

    assert here.process_id != there.process_id


def test_new_rooms_use_the_latest_deployment_unless_they_name_another(
    client: HathoraCloud,
) -> None:
    older, newer = deploy(client), deploy(client)

    latest = client.rooms_v2.create_room(region=Region.SEATTLE)
    pinned = client.rooms_v2.create_room(region=Region.SEATTLE, deployment_id=older.deployment_id)

    def deployment_of(process_id: str) -> str:
        return client.processes_v3.get_process(process_id=process_id).deployment_id

    assert deployment_of(latest.process_id) == newer.deployment_id
    assert deployment_of(pinned.process_id) == older.deployment_id


def test_a_room_id_is_never_used_twice(client: HathoraCloud) -> None:
    deploy(client)
    room_id = f"{some_name()}_1"
    client.rooms_v2.create_room(region=Region.SEATTLE, room_id=room_id)
    client.rooms_v2.destroy_room(room_id=room_id)

    with pytest.raises(UnprocessableEntity, match=f"{room_id} is taken"):
        client.rooms_v2.create_room(region=Region.SEATTLE, room_id=room_id)


def test_the_first_rooms_id_and_config_reach_the_process(client: HathoraCloud) -> None:
    deploy(
        client,
        game(
            "import os, socket\n"
            "print(os.environ['HATHORA_INITIAL_ROOM_CONFIG'], flush=True)\n"
            "game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "game.bind(('127.0.0.1', int(os.environ['PORT'])))\n"
            "game.recv(1)\n"
        ),
    )
    room = client.rooms_v2.create_room(region=Region.SEATTLE, room_config='{"map": "dust"}')
    when_active(client, room.room_id)

    with client.logs_v1.get_logs_for_process(process_id=room.process_id) as log:
        assert log.read() == b'{"map": "dust"}\n'


def test_a_destroyed_room_leaves_its_process_and_its_place(client: HathoraCloud) -> None:
    deploy(client)
    room = client.rooms_v2.create_room(region=Region.SEATTLE)
    when_active(client, room.room_id)

    client.rooms_v2.destroy_room(room_id=room.room_id)

    with pytest.raises(NotFound, match="was destroyed"):
        client.rooms_v2.get_connection_info(room_id=room.room_id)
    info = client.rooms_v2.get_room_info(room_id=room.room_id)
    assert info.status == "destroyed"
    assert info.current_allocation is None
    assert [allocation.process_id for allocation in info.allocations] == [room.process_id]
    inactive = client.rooms_v2.get_inactive_rooms_for_process(process_id=room.process_id)
    assert [other.room_id for other in inactive] == [room.room_id]
    assert client.rooms_v2.create_room(region=Region.SEATTLE).process_id == room.process_id


def test_a_room_whose_process_failed_says_why(client: HathoraCloud) -> None:
    deploy(client, game("import sys\nsys.exit(7)\n"))
    room = client.rooms_v2.create_room(region=Region.SEATTLE)

    def refusal() -> str:
        try:
            client.rooms_v2.get_connection_info(room_id=room.room_id)
        except NotFound as error:
            return error.message
        return ""

    assert "its process exited with code 7" in eventually(refusal, bool)


def test_stopping_a_process_destroys_its_rooms_at_once(client: HathoraCloud) -> None:
    deploy(client)
    room = client.rooms_v2.create_room(region=Region.SEATTLE)
    when_active(client, room.room_id)

    client.processes_v3.stop_process(process_id=room.process_id)

    assert client.rooms_v2.get_room_info(room_id=room.room_id).status == "destroyed"


def test_the_config_of_a_room_is_replaced(client: HathoraCloud) -> None:
    deploy(client)
    room = client.rooms_v2.create_room(region=Region.SEATTLE, room_config="old")

    client.rooms_v2.update_room_config(room_id=room.room_id, room_config="new")

    assert client.rooms_v2.get_room_info(room_id=room.room_id).room_config == "new"


def test_a_room_of_another_organization_is_not_found(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    room = client.rooms_v2.create_room(region=Region.SEATTLE)

    with pytest.raises(NotFound):
        running.other_org().rooms_v2.destroy_room(app_id=str(client.app_id), room_id=room.room_id)


def test_a_config_that_no_process_can_be_given_is_refused(client: HathoraCloud) -> None:
    deploy(client)
    room = client.rooms_v2.create_room(region=Region.SEATTLE, room_config="old")

    with pytest.raises(UnprocessableEntity, match="roomConfig: a zero byte"):
        client.rooms_v2.create_room(region=Region.SEATTLE, room_config="a\0")
    with pytest.raises(UnprocessableEntity, match="roomConfig: a zero byte"):
        client.rooms_v2.update_room_config(room_id=room.room_id, room_config="a\0")

    assert client.rooms_v2.get_room_info(room_id=room.room_id).room_config == "old"


def test_the_longest_config_reaches_the_process(client: HathoraCloud) -> None:
    deploy(client)

    room = client.rooms_v2.create_room(region=Region.SEATTLE, room_config="\U0001f3ae" * 10_000)

    when_active(client, room.room_id)


def test_a_process_takes_ten_thousand_rooms_and_loses_none_in_a_crash(
    running: Running, client: HathoraCloud
) -> None:
    deployment = deploy(client, rooms_per_process=10_000)
    first = client.rooms_v2.create_room(region=Region.SEATTLE)
    when_active(client, first.room_id)
    now = datetime.now(UTC)
    with running.cloud.store.write() as connection:
        for number in range(9_998):
            room_id = f"{first.room_id}-{number}"
            rooms.add(
                connection,
                RoomRecord(
                    room_id,
                    deployment.app_id,
                    deployment.deployment_id,
                    "Seattle",
                    "",
                    "active",
                    now,
                ),
            )
            rooms.allocate(
                connection,
                AllocationRecord(ids.new_room_allocation_id(), room_id, first.process_id, now),
            )
    last = client.rooms_v2.create_room(region=Region.SEATTLE)
    one_more = client.rooms_v2.create_room(region=Region.SEATTLE)
    assert last.process_id == first.process_id != one_more.process_id

    port = when_active(client, last.room_id).exposed_port
    assert port is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.sendto(b"crash", (port.host, port.port))

    eventually(
        lambda: client.processes_v3.get_process(process_id=first.process_id).status,
        lambda status: status == "failed",
    )
    found = client.processes_v3.get_process(process_id=one_more.process_id)
    assert found.rooms_allocated == 10_000
    moved = client.rooms_v2.get_room_info(room_id=last.room_id)
    assert moved.current_allocation is not None
    assert moved.current_allocation.process_id not in (first.process_id, one_more.process_id)
    assert client.rooms_v2.get_active_rooms_for_process(process_id=first.process_id) == []
    inactive = client.rooms_v2.get_inactive_rooms_for_process(process_id=first.process_id)
    assert len(inactive) == 10_000
