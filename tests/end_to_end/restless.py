"""Players, operators and game servers that never rest, and remember what a cloud has promised them."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.errors import ApiError, NotFound
from hathora_deploy.api.network import ExposedPort, Region, TransportType
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import TransportError
from tests.end_to_end.conftest import wait_until

REGIONS: Final = (Region.TOKYO, Region.SEATTLE)
MOST_ROOMS: Final = 24
"""That are open at once: the machine has few cores, and each game server talks all the time."""
ROOMS_PER_PROCESS: Final = 4
PORT: Final = 28_100
"""Below those that systems give to outgoing connections."""

GAME: Final = """
import os, signal, socket
number, name = 0, os.environ["HATHORA_PROCESS_ID"]
def say(text):
    os.write(1, (text + chr(10)).encode())
def end(*_):
    say("end")
    os._exit(0)
def crash(*_):
    say("crash")
    os._exit(3)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGUSR1, crash)
game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
game.bind(("", int(os.environ["PORT"])))
game.settimeout(0.1)
say("begin")
while True:
    say(f"line {number}")
    number += 1
    try:
        data, address = game.recvfrom(1500)
    except TimeoutError:
        continue
    if data == b"crash":
        crash()
    game.sendto(f"{name} {number}".encode(), address)
"""
"""Numbers its lines, says which process it is, and crashes when it is told to."""


@dataclass
class Ledger:
    """What callers were told, and what they asked for, whether they were answered or not."""

    rooms: set[str] = field(default_factory=set)
    """Those that were acknowledged."""
    doomed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    """Those that were found to be destroyed, for whatever reason."""
    stopped: set[str] = field(default_factory=set)
    answers: int = 0
    """How many calls were answered, roughly: threads count together."""
    surprises: list[str] = field(default_factory=list)
    """Failures that no kill explains."""

    @property
    def open(self) -> list[str]:
        return sorted(self.rooms - self.doomed - self.gone)


class Callers:
    """Several threads that use one app until they are told to end."""

    def __init__(
        self, client: Callable[[], HathoraCloud], deployment: DeploymentV3, *, seed: int
    ) -> None:
        self.ledger = Ledger()
        self._client = client
        self._deployment = deployment
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._act, args=(random.Random(f"{seed} {number}"), number))
            for number in range(4)
        ]

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def rest(self, seconds: float) -> None:
        """Let them go on for a while."""
        self._over.wait(seconds)

    def until_answered(self, count: int) -> None:
        """Let them go on until so many more calls are answered, however fast the machine is."""
        enough = self.ledger.answers + count
        wait_until(lambda: self.ledger.answers >= enough, "callers are answered", patience=60)

    def _act(self, chance: random.Random, number: int) -> None:
        actions = [self._create, self._ask, self._destroy, self._crash, self._stop, self._roll]
        weights = [30, 40, 14, 6, 4, 1]
        count = 0
        with self._client() as client:
            while not self._over.is_set():
                count += 1
                self._over.wait(0.02)
                (action,) = chance.choices(actions, weights)
                try:
                    action(client, chance, f"room-{number}-{count}")
                    self.ledger.answers += 1
                except TransportError:
                    self._over.wait(0.05)  # it is dead, or was killed while it answered
                except NotFound:
                    pass  # somebody else has ended it
                except ApiError as error:
                    self.ledger.surprises.append(f"{action.__name__}: {error}")

    def _create(self, client: HathoraCloud, chance: random.Random, name: str) -> None:
        if len(self.ledger.open) < MOST_ROOMS:
            client.rooms_v2.create_room(region=chance.choice(REGIONS), room_id=name)
            self.ledger.rooms.add(name)

    def _ask(self, client: HathoraCloud, chance: random.Random, _: str) -> None:
        if rooms := self.ledger.open:
            room = chance.choice(rooms)
            try:
                client.rooms_v2.get_connection_info(room_id=room)
            except NotFound:
                self.ledger.gone.add(room)

    def _destroy(self, client: HathoraCloud, chance: random.Random, _: str) -> None:
        if rooms := self.ledger.open:
            room = chance.choice(rooms)
            self.ledger.doomed.add(room)
            client.rooms_v2.destroy_room(room_id=room)

    def _crash(self, client: HathoraCloud, chance: random.Random, _: str) -> None:
        if rooms := self.ledger.open:
            info = client.rooms_v2.get_connection_info(room_id=chance.choice(rooms))
            if info.exposed_port is not None:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
                    player.sendto(b"crash", (info.exposed_port.host, info.exposed_port.port))

    def _stop(self, client: HathoraCloud, chance: random.Random, _: str) -> None:
        running = client.processes_v3.get_latest_processes(status=[ProcessStatus.RUNNING])
        if running:
            process_id = chance.choice(running).process_id
            self.ledger.stopped.add(process_id)
            client.processes_v3.stop_process(process_id=process_id)

    def _roll(self, client: HathoraCloud, _chance: random.Random, _: str) -> None:
        """Deploy the same again: processes that are kept make way for others."""
        deploy_again(client, self._deployment.build_id)


def deploy_again(client: HathoraCloud, build_id: str) -> DeploymentV3:
    return client.deployments_v3.create_deployment(
        build_id=build_id,
        idle_timeout_enabled=True,
        env=[],
        rooms_per_process=ROOMS_PER_PROCESS,
        transport_type=TransportType.UDP,
        container_port=PORT,
        requested_memory_mb=512,
        requested_cpu=0.5,
    )


def ask(port: ExposedPort) -> tuple[str, int]:
    """Which process answers there, and how many lines it has written."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.settimeout(1)
        for _ in range(20):
            with suppress(TimeoutError):
                player.sendto(b"who", (port.host, port.port))
                name, count = player.recv(1500).decode().split()
                return name, int(count)
    raise AssertionError(f"nobody answers at {port.host}:{port.port}")
