"""Game servers that know no TLS, deployed on real clouds and played by clients that insist on it."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from websockets.sync.client import connect

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.network import ContainerPort, ExposedPort, Region, TransportType
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.api.rooms import ConnectionInfoV2
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.port_range import PortRange
from hathora_deploy.cloud.settings import CloudSettings
from tests.cloud.handlers.conftest import archive, build, eventually
from tests.cloud.machine_address import outer_address
from tests.cloud.runtime.conftest import BASE_IMAGE
from tests.cloud.tls.authority import Authority

GAME = Path(__file__).with_name("echoing_game.py")
LINES, WEB = 7801, 7802
# The system gives no connection one of these as its own.
PORTS = PortRange(27100, 27199)


@dataclass
class Studio:
    """A cloud in the background, and a game that is deployed on it."""

    settings: CloudSettings
    authority: Authority
    client: HathoraCloud

    def open_room(self) -> tuple[str, ConnectionInfoV2]:
        """The process, and where players connect."""
        room = self.client.rooms_v2.create_room(region=Region.SEATTLE)
        return room.process_id, self.info(room.room_id)

    def info(self, room_id: str) -> ConnectionInfoV2:
        return eventually(
            lambda: self.client.rooms_v2.get_connection_info(room_id=room_id),
            lambda seen: seen.status == "active",
        )

    def player(self, port: ExposedPort) -> ssl.SSLSocket:
        return self.authority.trusting().wrap_socket(
            socket.create_connection((port.host, port.port), timeout=30),
            server_hostname=port.host,
        )

    def plain_ports(self, process_id: str) -> list[int]:
        with closing(sqlite3.connect(self.settings.database_file)) as database:
            (bindings,) = database.execute(
                "SELECT bindings FROM processes WHERE process_id = ?", [process_id]
            ).fetchone()
        return [binding["plain_port"] for binding in json.loads(bindings)]

    def kill(self) -> None:
        running = daemon.find(self.settings.data_dir)
        assert running is not None
        process = psutil.Process(running.pid)
        os.kill(running.pid, signal.SIGKILL)
        with suppress(psutil.NoSuchProcess):
            process.wait(timeout=20)

    def start(self) -> None:
        running = daemon.start(self.settings)
        self.client.close()
        self.client = HathoraCloud(
            running.token, endpoint=running.endpoint, app_id=self.client.app_id
        )


def deployed(settings: CloudSettings, authority: Authority) -> Studio:
    running = daemon.start(settings)
    client = HathoraCloud(running.token, endpoint=running.endpoint)
    app = client.apps_v2.create_app(app_name="echo", auth_configuration=AuthConfiguration())
    client.close()
    client = HathoraCloud(running.token, endpoint=running.endpoint, app_id=app.app_id)
    dockerfile = (
        f"FROM {BASE_IMAGE}\nWORKDIR /game\nCOPY . .\n"
        f'CMD ["python3", "server.py", "{LINES}", "{WEB}"]\n'
    )
    built, log = build(client, archive(dockerfile, server__py=GAME.read_text()))
    assert built.status == "succeeded", log
    client.deployments_v3.create_deployment(
        build_id=built.build_id,
        idle_timeout_enabled=False,
        env=[],
        rooms_per_process=1,
        transport_type=TransportType.TLS,
        container_port=LINES,
        additional_container_ports=[
            ContainerPort(name="web", port=WEB, transport_type=TransportType.TLS)
        ],
        requested_memory_mb=512,
        requested_cpu=0.5,
    )
    return Studio(settings, authority, client)


@pytest.fixture(scope="module", params=["process", "docker"])
def studio(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Studio]:
    if request.param == "docker":
        request.getfixturevalue("engine")
    host = outer_address()
    files = authority.issue(host, "localhost", "127.0.0.1", name="games")
    settings = CloudSettings(
        tmp_path_factory.mktemp("cloud"),
        runtime=request.param,
        port=0,
        public_host=host,
        game_ports=PORTS,
        tls_certificate=files.certificate,
        tls_key=files.key,
        stop_grace=2,
        sample_interval=0.5,
    )
    try:
        yield deployed(settings, authority)
    finally:
        daemon.stop(settings.data_dir)


def said_by(player: ssl.SSLSocket, line: bytes) -> bytes:
    player.sendall(line + b"\n")
    answer = b""
    while not answer.endswith(b"\n"):
        piece = player.recv(1000)
        assert piece, answer
        answer += piece
    return answer


def test_players_reach_each_of_two_processes_by_tls_and_by_secure_websockets(
    studio: Studio,
) -> None:
    taken: set[int] = set()
    for _ in range(2):
        process_id, info = studio.open_room()
        assert info.exposed_port is not None
        assert info.exposed_port.transport_type == TransportType.TLS
        with studio.player(info.exposed_port) as player:
            assert player.version() == "TLSv1.3"
            assert said_by(player, b"hello") == f"{process_id} hello\n".encode()
        (web,) = info.additional_exposed_ports
        with connect(f"wss://{web.host}:{web.port}/", ssl=studio.authority.trusting()) as play:
            play.send("hello")
            assert play.recv(timeout=30) == "hello"
            play.send(b"\x00\xff")
            assert play.recv(timeout=30) == b"\x00\xff"
        taken |= {info.exposed_port.port, web.port, *studio.plain_ports(process_id)}
        assert {info.exposed_port.port, web.port} <= set(PORTS.numbers)
    assert len(taken) == 8


def test_what_is_behind_tls_is_not_among_the_ports_of_players(studio: Studio) -> None:
    process_id, info = studio.open_room()
    assert info.exposed_port is not None
    plain = studio.plain_ports(process_id)
    assert not set(plain) & set(PORTS.numbers)
    if studio.settings.runtime == "docker":
        for number in plain:
            socket.create_connection(("127.0.0.1", number), timeout=10).close()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((info.exposed_port.host, number), timeout=10)


def test_after_a_kill_of_the_cloud_the_next_one_lets_players_in_again(studio: Studio) -> None:
    process_id, info = studio.open_room()
    assert info.exposed_port is not None
    player = studio.player(info.exposed_port)
    assert said_by(player, b"before")

    studio.kill()
    with player, suppress(ConnectionResetError):
        assert player.recv(100) == b""  # its connection was the cloud's
    studio.start()

    def answer() -> bytes:
        assert info.exposed_port is not None
        with suppress(ConnectionRefusedError), studio.player(info.exposed_port) as again:
            return said_by(again, b"after")
        return b""

    def answer_on_the_web() -> str | bytes:
        (web,) = info.additional_exposed_ports
        with (
            suppress(ConnectionRefusedError),
            connect(f"wss://{web.host}:{web.port}/", ssl=studio.authority.trusting()) as play,
        ):
            play.send("hello")
            return play.recv(timeout=30)
        return b""

    assert eventually(answer, bool) == f"{process_id} after\n".encode()
    assert eventually(answer_on_the_web, bool) == "hello"
    process = studio.client.processes_v3.get_process(process_id=process_id)
    assert process.status == ProcessStatus.RUNNING


@pytest.mark.parametrize("crashes", [False, True])
def test_with_the_process_its_ports_end(studio: Studio, crashes: bool) -> None:
    process_id, info = studio.open_room()
    assert info.exposed_port is not None
    if crashes:
        with studio.player(info.exposed_port) as player:
            player.sendall(b"crash\n")
            with suppress(ConnectionResetError):
                assert player.recv(100) == b""
    else:
        studio.client.processes_v3.stop_process(process_id=process_id)
    eventually(
        lambda: studio.client.processes_v3.get_process(process_id=process_id),
        lambda seen: seen.terminated_at is not None,
    )

    def is_closed() -> bool:
        assert info.exposed_port is not None
        try:
            socket.create_connection((info.exposed_port.host, info.exposed_port.port)).close()
        except ConnectionRefusedError:
            return True
        return False

    # A room of a process that crashed gets another, which may be given the same port.
    if not crashes:
        assert eventually(is_closed, bool)


def test_connections_by_tls_are_counted(studio: Studio) -> None:
    process_id, info = studio.open_room()
    assert info.exposed_port is not None
    with studio.player(info.exposed_port) as player:
        said_by(player, b"hello")
        eventually(
            lambda: studio.client.processes_v3.get_process_metrics(
                process_id=process_id, metrics=["activeConnections"], step=1
            ),
            lambda shown: any(point.value == 1 for point in shown.active_connections or []),
        )


def test_without_a_certificate_the_cloud_makes_one_that_players_can_be_told_to_trust(
    tmp_path: Path,
) -> None:
    settings = CloudSettings(
        tmp_path / "cloud", runtime="process", port=0, game_ports=PortRange(27200, 27299)
    )
    with socket.create_server(("127.0.0.1", 27200)):  # somebody else has the first
        try:
            studio = deployed(settings, Authority.found(tmp_path))
            _, info = studio.open_room()
            assert info.exposed_port is not None
            assert info.exposed_port.port != 27200
            trusting = ssl.create_default_context(cafile=settings.tls_dir / "certificate.pem")
            with trusting.wrap_socket(
                socket.create_connection(("127.0.0.1", info.exposed_port.port), timeout=30),
                server_hostname="localhost",
            ) as player:
                assert said_by(player, b"hello").endswith(b" hello\n")
            studio.client.close()
        finally:
            daemon.stop(settings.data_dir)


def test_a_port_that_somebody_took_while_no_cloud_ran_is_served_when_it_is_free_again(
    studio: Studio,
) -> None:
    process_id, info = studio.open_room()
    assert info.exposed_port is not None
    studio.kill()
    with socket.create_server((info.exposed_port.host, info.exposed_port.port)):
        studio.start()
        log = studio.settings.log_file
        eventually(log.read_text, lambda said: f"players cannot reach process {process_id}" in said)
        process = studio.client.processes_v3.get_process(process_id=process_id)
        assert process.status == ProcessStatus.RUNNING

    def answer() -> bytes:
        assert info.exposed_port is not None
        with suppress(OSError), studio.player(info.exposed_port) as again:
            return said_by(again, b"after")
        return b""

    assert eventually(answer, bool) == f"{process_id} after\n".encode()
