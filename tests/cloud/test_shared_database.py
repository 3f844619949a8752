"""Clouds that share a database share the work, and one of them can die at any moment."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.errors import HathoraError
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import deploy, eventually
from tests.cloud.handlers.test_service_config import allocation, config
from tests.postgresql import PASSWORD, Server

KEPT = 2
REGION, KEPT_IN = Region.SEATTLE, Region.TOKYO
ENDED = (ProcessStatus.STOPPED, ProcessStatus.FAILED)


@dataclass(frozen=True)
class Pair:
    """Two clouds on one database, each with a folder of its own."""

    folder: Path
    database: Secret

    def settings(self, name: str) -> CloudSettings:
        return CloudSettings(
            data_dir=self.folder / name,
            runtime="process",
            port=0,
            database=self.database,
            node_timeout=2.0,
            stop_grace=2.0,
        )

    def start(self, name: str) -> RunningCloud:
        return daemon.start(self.settings(name))

    def client(self, name: str, app_id: str | None = None) -> HathoraCloud:
        running = self.start(name)
        return HathoraCloud(running.token, endpoint=running.endpoint, app_id=app_id)

    def kill(self, name: str) -> None:
        running = daemon.find(self.folder / name)
        assert running is not None
        program = psutil.Process(running.pid)
        os.kill(running.pid, signal.SIGKILL)
        program.wait(10)


@pytest.fixture
def pair(postgresql_server: Server, tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path, postgresql_server.new_database())
    yield pair
    for name in ("one", "two"):
        daemon.stop(tmp_path / name)


def programs() -> dict[str, set[int]]:
    """The game servers of this machine, by their process: the first program of each."""
    found: dict[str, set[int]] = {}
    for program in psutil.process_iter(["environ", "cmdline", "status"]):
        process_id = (program.info["environ"] or {}).get("HATHORA_PROCESS_ID")
        is_server = "server.py" in (program.info["cmdline"] or [])
        if process_id and is_server and program.info["status"] != psutil.STATUS_ZOMBIE:
            found.setdefault(process_id, set()).add(program.pid)
    return found


def new_app(pair: Pair, *, rooms_per_process: int = 3, kept: int = 0) -> str:
    client = pair.client("one")
    app = client.apps_v2.create_app(app_name="game", auth_configuration=AuthConfiguration())
    deploy(pair.client("one", app.app_id), rooms_per_process=rooms_per_process)
    if kept:
        client.apps_v2.patch_app(
            app_id=app.app_id, service_config=config(allocation(kept, kept, kept))
        )
    return app.app_id


def is_active(client: HathoraCloud, room_id: str) -> bool:
    return client.rooms_v2.get_connection_info(room_id=room_id).status == "active"


def test_one_of_two_is_killed_again_and_again_and_nothing_is_lost_or_done_twice(pair: Pair) -> None:
    chance = random.Random(5)
    app_id = new_app(pair, kept=KEPT)
    pair.start("two")
    rooms: list[str] = []

    for dies, lives in (("one", "two"), ("two", "one"), ("one", "two")):
        clients = {name: pair.client(name, app_id) for name in (dies, lives)}
        before = {
            process.process_id
            for process in clients[lives].processes_v3.get_latest_processes(
                status=[ProcessStatus.RUNNING]
            )
        }
        alive = {
            process_id: pids for process_id, pids in programs().items() if process_id in before
        }
        stop = threading.Event()

        def create(client: HathoraCloud, stop: threading.Event = stop) -> None:
            while not stop.wait(0.02):
                with suppress(HathoraError):  # who was not answered was promised nothing
                    rooms.append(client.rooms_v2.create_room(region=REGION).room_id)

        threads = [
            threading.Thread(target=create, args=(client.with_options(retries=None),))
            for client in clients.values()
        ]
        for thread in threads:
            thread.start()
        stop.wait(chance.uniform(0.1, 0.6))
        pair.kill(dies)
        stop.wait(0.2)
        stop.set()
        for thread in threads:
            thread.join()

        survivor = clients[lives]
        for room_id in rooms:
            eventually(partial(is_active, survivor, room_id), bool)
        kept = survivor.processes_v3.get_latest_processes(region=[KEPT_IN])
        assert len([process for process in kept if process.status not in ENDED]) == KEPT
        now = programs()
        assert {process_id: now.get(process_id) for process_id in alive} == alive
        assert {len(pids) for pids in now.values()} == {1}
        running = survivor.processes_v3.get_latest_processes(status=[ProcessStatus.RUNNING])
        assert {process.process_id for process in running} <= now.keys()
        for process in running:
            with survivor.logs_v1.get_logs_for_process(process_id=process.process_id) as log:
                assert b"room" in log.read()
        pair.start(dies)

    assert len(set(rooms)) == len(rooms) > 0


def test_processes_are_shared_out_and_whichever_is_asked_stops_them(pair: Pair) -> None:
    app_id = new_app(pair)
    pair.start("two")
    one, two = (pair.client(name, app_id) for name in ("one", "two"))
    nodes = one.nodes_v1.list_provisioned_nodes(
        fleet_id=one.fleets_v2.get_fleets().fleets[0].fleet_id
    )
    started = [one.processes_v3.create_process(region=REGION).process_id for _ in range(4)]
    for process_id in started:
        eventually(
            lambda process_id=process_id: two.processes_v3.get_process(process_id=process_id),
            lambda process: process.status == ProcessStatus.RUNNING,
        )

    logs = Counter(
        name
        for name in ("one", "two")
        for process_id in started
        if pair.settings(name).process_log(process_id).exists()
    )
    assert len(nodes) == 2
    assert logs == {"one": 2, "two": 2}
    for process_id in started:
        two.processes_v3.stop_process(process_id=process_id)
        eventually(
            lambda process_id=process_id: one.processes_v3.get_process(process_id=process_id),
            lambda process: process.status == ProcessStatus.STOPPED,
        )
    assert programs().keys().isdisjoint(started)


def test_no_folder_and_no_list_of_programs_shows_the_password(pair: Pair) -> None:
    running = pair.start("one")
    shown = " ".join(psutil.Process(running.pid).cmdline()) + str(running)
    for file in (running.data_dir / "cloud.json", running.data_dir / "cloud.log"):
        shown += file.read_text()

    assert PASSWORD not in shown
    assert pair.database.reveal() not in shown
