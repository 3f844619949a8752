"""Processes that nobody needs end, where the deployment says so, and not before their time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.cloud.settings import CloudSettings
from tests.cloud.handlers.conftest import LISTEN, Running, deploy, game
from tests.cloud.handlers.test_processes import start, when
from tests.cloud.handlers.test_rooms import when_active
from tests.cloud.handlers.test_service_config import keep, when_running
from tests.cloud.test_reconciler import running as served_cloud

TIMEOUT = 1.5
REASON = "was idle: no rooms and no connections for 1.5 s"
TALK = """
import os, socket, threading
game = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
players = []
while True:
    players.append(game.accept()[0])
"""


def settings_in(folder: Path) -> CloudSettings:
    return CloudSettings(
        data_dir=folder,
        runtime="process",
        stop_grace=1,
        idle_timeout=TIMEOUT,
        sample_interval=0.1,
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served_cloud(settings_in(tmp_path_factory.mktemp("cloud"))) as cloud:
        yield cloud


def test_a_process_without_rooms_ends_when_its_time_is_over_and_not_before(
    running: Running,
) -> None:
    client = running.new_app()
    deploy(client, idle_timeout_enabled=True)

    process = when(client, start(client), "stopped")

    assert process.summary_exit_reason == REASON
    assert process.started_at is not None
    assert process.stopping_at is not None
    assert process.stopping_at - process.started_at >= timedelta(seconds=TIMEOUT)


def test_a_process_with_a_room_goes_on_and_its_time_begins_with_the_end_of_its_last_room(
    running: Running,
) -> None:
    client = running.new_app()
    deploy(client, rooms_per_process=2, idle_timeout_enabled=True)
    first, last = (client.rooms_v2.create_room(region=Region.SEATTLE) for _ in range(2))
    when_active(client, first.room_id)
    client.rooms_v2.destroy_room(room_id=first.room_id)
    when(client, start(client), "stopped")
    assert when_active(client, last.room_id).exposed_port is not None

    client.rooms_v2.destroy_room(room_id=last.room_id)

    process = when(client, last.process_id, "stopped")
    assert process.summary_exit_reason == REASON
    (allocation,) = client.rooms_v2.get_room_info(room_id=last.room_id).allocations
    assert allocation.unscheduled_at is not None
    assert process.stopping_at is not None
    assert process.stopping_at - allocation.unscheduled_at >= timedelta(seconds=TIMEOUT)


def test_a_process_that_somebody_is_connected_to_goes_on(running: Running) -> None:
    client = running.new_app()
    deploy(client, game(TALK), transport_type=TransportType.TCP, idle_timeout_enabled=True)
    room = client.rooms_v2.create_room(region=Region.SEATTLE)
    busy, port = room.process_id, when_active(client, room.room_id).exposed_port
    assert port is not None

    with socket.create_connection((port.host, port.port)):
        client.rooms_v2.destroy_room(room_id=room.room_id)  # which kept it until there is a player
        assert when(client, start(client), "stopped").summary_exit_reason == REASON
        when(client, start(client), "stopped")
        assert when(client, busy, "running", "stopping", "stopped").status == "running"

    assert when(client, busy, "stopped").summary_exit_reason == REASON


def test_what_is_kept_or_not_to_be_ended_goes_on(running: Running) -> None:
    everlasting = running.new_app()
    deploy(everlasting, idle_timeout_enabled=False)
    goes_on = start(everlasting)
    when(everlasting, goes_on, "running")
    keeping = running.new_app()
    deployment = deploy(keeping, game(LISTEN), idle_timeout_enabled=True)
    keep(keeping, 1, 1, 2)
    kept = when_running(keeping, 1, deployment.deployment_id)

    when(keeping, start(keeping), "stopped")

    assert when_running(keeping, 1, deployment.deployment_id) == kept
    assert everlasting.processes_v3.get_process(process_id=goes_on).status == "running"
