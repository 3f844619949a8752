"""Real game servers from Debian, deployed on both runtimes; each answers what its clients ask first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud

from .conftest import OwnCloud, tool_for, wait_until
from .games.armagetron import ARMAGETRON
from .games.base_image import base_image
from .games.freeciv import FREECIV
from .games.game import Game
from .games.minetest import MINETEST
from .games.openttd import OPENTTD
from .games.teeworlds import TEEWORLDS

GAMES = (ARMAGETRON, FREECIV, MINETEST, OPENTTD, TEEWORLDS)


@dataclass(frozen=True)
class Place:
    """A cloud, and what Dockerfiles of its games begin with."""

    cloud: OwnCloud
    base: str


@pytest.fixture(scope="module")
def process_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from _place(tmp_path_factory, "process", base="scratch")


@pytest.fixture(scope="module")
def docker_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    installed = [game.program for game in GAMES if game.is_installed()]
    with base_image(installed) as base:
        yield from _place(tmp_path_factory, "docker", base)


def _place(factory: pytest.TempPathFactory, runtime: str, base: str) -> Iterator[Place]:
    data_dir = factory.mktemp(runtime) / "cloud"
    cloud = OwnCloud(tool_for(data_dir), data_dir)
    cloud.start("--runtime", runtime)
    yield Place(cloud, base)
    cloud.stop()


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
@pytest.mark.parametrize("runtime", ["process", "docker"])
def test_a_real_game_answers_its_players_where_the_cloud_sends_them(
    game: Game, runtime: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not game.is_installed():
        pytest.skip(f"{game.name} is missing: apt-get install {game.packages}")
    place: Place = request.getfixturevalue(f"{runtime}_place")
    game.write_folder(tmp_path / game.name, base=place.base)
    deployed = place.cloud.tool.json(tmp_path / game.name)
    client = place.cloud.client(app_id=deployed["appId"])
    rooms = [deployed["room"]["roomId"]]
    rooms += [client.rooms_v2.create_room(region="Seattle").room_id for _ in range(1, game.rooms)]

    addresses = [_address(client, room) for room in rooms]
    assert len(set(addresses)) == game.rooms, "no two processes share a port"
    for room, address in zip(rooms, addresses, strict=True):
        answer = game.ask_until_answered(*address)
        assert answer.game.startswith(game.answers)
        assert answer.room == (room if game.tells_room else None)

    process = deployed["room"]["processId"]
    assert place.cloud.tool.ok("logs", process), "what it prints is kept"
    client.processes_v3.stop_process(process_id=process)
    wait_until(lambda: _status(client, process) == ProcessStatus.STOPPED, "the process has stopped")
    with pytest.raises((TimeoutError, ConnectionError)):
        game.ask(*addresses[0])
    for address in addresses[1:]:
        game.ask_until_answered(*address)
    place.cloud.tool.ok("processes", "stop", "--all", "--app-id", deployed["appId"])


def _address(client: HathoraCloud, room: str) -> tuple[str, int]:
    """Where players of a room are sent, as soon as they may come."""
    try:
        wait_until(
            lambda: client.rooms_v2.get_connection_info(room_id=room).status == "active",
            f"players may come to room {room}",
        )
    except AssertionError as error:
        raise AssertionError(f"{error}\n{_what_became_of(client, room)}") from None
    exposed = client.rooms_v2.get_connection_info(room_id=room).exposed_port
    assert exposed is not None
    return exposed.host, exposed.port


def _what_became_of(client: HathoraCloud, room: str) -> str:
    """All processes that the room was given, with what they printed."""
    told = []
    for allocation in client.rooms_v2.get_room_info(room_id=room).allocations:
        process = client.processes_v3.get_process(process_id=allocation.process_id)
        with client.logs_v1.get_logs_for_process(process_id=process.process_id) as log:
            told += [repr(process), log.read().decode(errors="replace")]
    return "\n".join(told)


def _status(client: HathoraCloud, process_id: str) -> str:
    return client.processes_v3.get_process(process_id=process_id).status
