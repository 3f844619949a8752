"""A disk that fills up below a cloud that runs games."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.api.network import ExposedPort, Region
from hathora_deploy.client import HathoraCloud
from tests.cloud.handlers.conftest import deploy, game
from tests.end_to_end.conftest import OwnCloud, Tool, is_alive, tool_for, wait_until
from tests.small_disk import leave_free, small_disk

QUIET = """
import os, socket, sys
game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
game.bind(("127.0.0.1", int(os.environ["PORT"])))
while True:
    data, address = game.recvfrom(1500)
    if data == b"crash":
        sys.exit(3)
    game.sendto(os.environ["HATHORA_PROCESS_ID"].encode(), address)
"""
"""One that writes no log has nothing to do with the disk."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "small", 160) as place:
        yield place


def test_games_are_played_on_and_what_was_acknowledged_is_there_when_there_is_room_again(
    disk: Path, tmp_path: Path
) -> None:
    data_dir = disk / "cloud"
    tool = Tool({**tool_for(tmp_path / "roomy").environ, "HATHORA_DATA_DIR": str(data_dir)})
    cloud = OwnCloud(tool, data_dir)
    cloud.start("--runtime", "process")
    try:
        first = cloud.client()
        app = first.apps_v2.create_app(app_name="quiet", auth_configuration=AuthConfiguration())
        client = cloud.client(app_id=app.app_id)
        deploy(client, game(QUIET))
        kept, lost = (create(client) for _ in range(2))
        played, crashing = (port_of(client, room) for room in (kept, lost))
        process = answer(played)

        leave_free(disk, 0)
        acknowledged = [kept, lost, *create_until_refused(client)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
            player.sendto(b"crash", (crashing.host, crashing.port))
        assert answer(played) == process
        assert port_of(client, kept) == played
        os.kill(cloud.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(cloud.pid), "the killed cloud is gone")
        refused = tool.run("cloud", "start", "--runtime", "process", "--port", "0")
        assert (refused.returncode, "its disk is full" in refused.stderr) == (1, True)
        assert answer(played) == process

        (disk / "filler").unlink()
        cloud.start("--runtime", "process")
        client = cloud.client(app_id=app.app_id)
        for room in (*acknowledged, create(client)):
            assert answer(port_of(client, room))
        assert answer(port_of(client, kept)) == process
        assert len(client.rooms_v2.get_room_info(room_id=lost).allocations) == 2
    finally:
        cloud.stop()


def create(client: HathoraCloud) -> str:
    return client.rooms_v2.create_room(region=Region.SEATTLE).room_id


def create_until_refused(client: HathoraCloud) -> list[str]:
    """The rooms that were made meanwhile: there may be room for a few lines in files that are there."""
    made: list[str] = []
    while len(made) < 100:
        try:
            made.append(create(client.with_options(retries=None)))
        except InternalServerError as error:
            if "disk" not in error.message:
                raise
            return made
    raise AssertionError("the disk is full, and nothing is refused")


def port_of(client: HathoraCloud, room_id: str) -> ExposedPort:
    """Where a room is played, as soon as it is."""

    def is_active() -> bool:
        return client.rooms_v2.get_connection_info(room_id=room_id).status == "active"

    wait_until(is_active, f"room {room_id} is active")
    port = client.rooms_v2.get_connection_info(room_id=room_id).exposed_port
    assert port is not None
    return port


def answer(port: ExposedPort) -> str:
    """The process that answers at a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.settimeout(1)
        for _ in range(20):
            with suppress(TimeoutError):
                player.sendto(b"who", (port.host, port.port))
                return player.recv(1500).decode()
    raise AssertionError(f"nobody answers at {port.host}:{port.port}")
