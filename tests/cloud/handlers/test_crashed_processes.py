"""What becomes of rooms when their process crashes, comes to nothing, or ends as it should."""

from __future__ import annotations

import socket

import psutil
import pytest

from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.network import Region
from hathora_deploy.api.rooms import Room
from hathora_deploy.client import HathoraCloud
from tests.cloud.handlers.conftest import LISTEN, deploy, eventually, game
from tests.cloud.handlers.test_processes import say, when
from tests.cloud.handlers.test_rooms import when_active
from tests.cloud.handlers.test_service_config import keep, live, when_running

TELL = LISTEN.replace(
    'print("room", os.environ["HATHORA_INITIAL_ROOM_ID"], flush=True)',
    'print(os.environ["HATHORA_INITIAL_ROOM_ID"], os.environ["HATHORA_INITIAL_ROOM_CONFIG"], flush=True)',
)

WAIT = """
import socket
socket.create_connection(("127.0.0.1", {port})).recv(1)
"""
"""Begins once the test has let it in and gone."""

GREEDY = LISTEN.replace(
    'if data == b"crash":',
    'if data == b"eat":\n        data = bytes(1) * (1 << 30)\n    if data == b"crash":',
)


def log_of(client: HathoraCloud, process_id: str) -> str:
    with client.logs_v1.get_logs_for_process(process_id=process_id) as log:
        return log.read().decode()


def when_moved(client: HathoraCloud, room_id: str, times: int) -> Room:
    """The room once it has been in so many processes."""
    return eventually(
        lambda: client.rooms_v2.get_room_info(room_id=room_id),
        lambda room: len(room.allocations) == times,
    )


def crash(client: HathoraCloud, process_id: str) -> None:
    say(when(client, process_id, "running"), b"crash")


def kill(process_id: str) -> None:
    for program in psutil.process_iter(["environ"]):
        if (program.info["environ"] or {}).get("HATHORA_PROCESS_ID") == process_id:
            program.kill()


def test_a_crash_gives_a_room_another_process_once_with_the_config_it_has_by_then(
    client: HathoraCloud,
) -> None:
    deploy(client, game(TELL))
    room = client.rooms_v2.create_room(region=Region.SEATTLE, room_config="dust")
    when_active(client, room.room_id)
    client.rooms_v2.update_room_config(room_id=room.room_id, room_config="lava")

    crash(client, room.process_id)

    moved = when_moved(client, room.room_id, 2)
    new, old = moved.allocations
    assert (moved.status, moved.current_allocation) == ("active", new)
    assert (old.process_id, new.unscheduled_at) == (room.process_id, None)
    assert old.unscheduled_at is not None
    assert old.scheduled_at <= old.unscheduled_at <= new.scheduled_at
    crashed = client.processes_v3.get_process(process_id=old.process_id)
    assert (crashed.status, crashed.summary_exit_reason) == ("failed", "exited with code 3")
    when_active(client, room.room_id)
    assert log_of(client, new.process_id) == f"{room.room_id} lava\n"

    crash(client, new.process_id)

    eventually(
        lambda: client.rooms_v2.get_room_info(room_id=room.room_id).status,
        lambda status: status == "destroyed",
    )
    assert len(client.rooms_v2.get_room_info(room_id=room.room_id).allocations) == 2
    with pytest.raises(NotFound, match="its process exited with code 3"):
        client.rooms_v2.get_connection_info(room_id=room.room_id)


def test_who_takes_more_memory_than_it_asked_for_is_ended_and_its_room_gets_another_process_once(
    client: HathoraCloud,
) -> None:
    deploy(client, game(GREEDY))
    room = client.rooms_v2.create_room(region=Region.SEATTLE)
    for moves in (1, 2):
        process_id = client.rooms_v2.get_room_info(room_id=room.room_id).allocations[0].process_id
        say(when(client, process_id, "running"), b"eat")
        ended = when(client, process_id, "failed")
        assert ended.summary_exit_reason == "ran out of memory"
        moved = when_moved(client, room.room_id, 2)
        assert moved.status == ("active" if moves == 1 else "destroyed")


def test_players_who_ask_during_a_crash_are_never_refused(
    client: HathoraCloud,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gate:
        gate.settimeout(60)
        deploy(client, game(WAIT.format(port=gate.getsockname()[1]) + LISTEN))
        room = client.rooms_v2.create_room(region=Region.SEATTLE)
        gate.accept()[0].close()
        before = when_active(client, room.room_id)

        kill(room.process_id)

        during = eventually(
            lambda: client.rooms_v2.get_connection_info(room_id=room.room_id),
            lambda info: info.status == "starting",
        )
        gate.accept()[0].close()
        after = when_active(client, room.room_id)
    assert during.exposed_port is None
    assert before.exposed_port is not None
    assert after.exposed_port is not None
    process = client.processes_v3.get_process(process_id=room.process_id)
    assert process.summary_exit_reason == "ended by signal SIGKILL"


def test_rooms_of_a_crash_go_where_there_is_place_and_one_process_is_started_for_the_others(
    client: HathoraCloud,
) -> None:
    deploy(client, rooms_per_process=3)
    first = [client.rooms_v2.create_room(region=Region.SEATTLE) for _ in range(3)]
    second = [client.rooms_v2.create_room(region=Region.SEATTLE) for _ in range(2)]
    when_active(client, second[0].room_id)

    crash(client, first[0].process_id)

    homes = [when_moved(client, room.room_id, 2).allocations[0].process_id for room in first]
    assert homes[0] == second[0].process_id
    assert homes[1] == homes[2]
    assert homes[1] not in (first[0].process_id, second[0].process_id)
    when_active(client, first[2].room_id)
    assert len(live(client)) == 2


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("import time\ntime.sleep(1000)\n", "did not bind its port 7777 (udp) within 5 s"),
        ("import sys\nsys.exit(7)\n", "exited with code 7 before it bound its port 7777 (udp)"),
    ],
)
def test_a_process_that_came_to_nothing_is_tried_once_more(
    client: HathoraCloud, script: str, why: str
) -> None:
    deploy(client, game(script))

    room = client.rooms_v2.create_room(region=Region.SEATTLE)

    ended = eventually(
        lambda: client.rooms_v2.get_room_info(room_id=room.room_id),
        lambda room: room.status == "destroyed",
    )
    assert len(ended.allocations) == 2
    for allocation in ended.allocations:
        process = client.processes_v3.get_process(process_id=allocation.process_id)
        assert process.status == "failed"
        assert str(process.summary_exit_reason).startswith(why)
    assert live(client) == []


def test_a_process_that_ends_cleanly_takes_its_rooms_along(client: HathoraCloud) -> None:
    deploy(client)
    room = client.rooms_v2.create_room(region=Region.SEATTLE)

    say(when(client, room.process_id, "running"), b"leave")

    when(client, room.process_id, "stopped")
    ended = client.rooms_v2.get_room_info(room_id=room.room_id)
    assert (ended.status, len(ended.allocations)) == ("destroyed", 1)
    assert live(client) == []


def test_a_process_that_is_kept_and_crashes_is_replaced_by_one_that_is_kept(
    client: HathoraCloud,
) -> None:
    keep(client, 1, 1, 2)
    deployment = deploy(client)
    (kept,) = when_running(client, 1, deployment.deployment_id)
    room = client.rooms_v2.create_room(region=Region.TOKYO)

    crash(client, kept)

    new = when_moved(client, room.room_id, 2).allocations[0].process_id
    assert when_running(client, 1, deployment.deployment_id) == [new]
    client.rooms_v2.destroy_room(room_id=room.room_id)
    assert when_running(client, 1, deployment.deployment_id) == [new]


def test_a_room_that_was_suspended_and_one_that_was_destroyed_are_not_rescheduled(
    client: HathoraCloud,
) -> None:
    deploy(client, rooms_per_process=3)
    gone, stays = (client.rooms_v2.create_room(region=Region.SEATTLE) for _ in range(2))
    client.rooms_v2.destroy_room(room_id=gone.room_id)

    crash(client, gone.process_id)

    when_moved(client, stays.room_id, 2)
    assert len(client.rooms_v2.get_room_info(room_id=gone.room_id).allocations) == 1
