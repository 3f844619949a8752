"""Clouds that share a database share the work, and one of them can die at any moment."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psutil
import pytest
from sqlalchemy import update

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.errors import Conflict
from hathora_deploy.api.network import Region
from hathora_deploy.api.nodes import NodeV1
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.tables import nodes
from hathora_deploy.errors import HathoraError
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import deploy, deploy_build, eventually, game, upload
from tests.cloud.handlers.test_service_config import allocation, config
from tests.postgresql import PASSWORD, Server
from tests.s3_stores import rclone

KEPT = 2
REGION, KEPT_IN = Region.SEATTLE, Region.TOKYO
ENDED = (ProcessStatus.STOPPED, ProcessStatus.FAILED)


@dataclass(frozen=True)
class Pair:
    """Two clouds on one database, each with a folder of its own."""

    folder: Path
    database: Secret
    artifacts: str | None = None

    def settings(self, name: str) -> CloudSettings:
        return CloudSettings(
            data_dir=self.folder / name,
            runtime="process",
            port=0,
            database=self.database,
            artifacts=self.artifacts,
            node_timeout=2.0,
            stop_grace=2.0,
        )

    def start(self, name: str) -> RunningCloud:
        return daemon.start(self.settings(name))

    def client(self, name: str, app_id: str | None = None) -> HathoraCloud:
        running = self.start(name)
        return HathoraCloud(running.token, endpoint=running.endpoint, app_id=app_id)

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = Store.open(self.database, file=self.folder / "none")
        try:
            yield store
        finally:
            store.close()

    def kill(self, name: str) -> None:
        running = daemon.find(self.folder / name)
        assert running is not None
        program = psutil.Process(running.pid)
        os.kill(running.pid, signal.SIGKILL)
        program.wait(60)


@pytest.fixture
def pair(postgresql_server: Server, tmp_path: Path) -> Iterator[Pair]:
    yield Pair(tmp_path, postgresql_server.new_database())
    for name in ("one", "two"):
        daemon.stop(tmp_path / name)


@pytest.fixture
def bucket_pair(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Their archives are in one bucket."""
    folder = pair.folder / "store"
    folder.mkdir()
    with rclone(folder) as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        yield replace(pair, artifacts=store.url)
        for name in ("one", "two"):
            daemon.stop(pair.folder / name)


def programs(app_id: str) -> dict[str, set[int]]:
    """The programs of this machine that are game servers of an app, by their process."""
    found: dict[str, set[int]] = {}
    for program in psutil.process_iter(["environ", "cmdline", "status"]):
        environ = program.info["environ"] or {}
        is_server = "server.py" in (program.info["cmdline"] or [])
        is_its = environ.get("HATHORA_APP_ID") == app_id
        if is_its and is_server and program.info["status"] != psutil.STATUS_ZOMBIE:
            found.setdefault(environ["HATHORA_PROCESS_ID"], set()).add(program.pid)
    return found


def nodes_of(client: HathoraCloud) -> list[NodeV1]:
    fleet = client.fleets_v2.get_fleets().fleets[0]
    return client.nodes_v1.list_provisioned_nodes(fleet_id=fleet.fleet_id)


def new_app(pair: Pair, through: str, *, rooms_per_process: int = 3, kept: int = 0) -> str:
    client = pair.client(through)
    app = client.apps_v2.create_app(app_name="game", auth_configuration=AuthConfiguration())
    deploy(pair.client(through, app.app_id), rooms_per_process=rooms_per_process)
    if kept:
        client.apps_v2.patch_app(
            app_id=app.app_id, service_config=config(allocation(kept, kept, kept))
        )
    return app.app_id


def is_active(client: HathoraCloud, room_id: str) -> bool:
    return client.rooms_v2.get_connection_info(room_id=room_id).status == "active"


def test_a_lease_that_one_cloud_gave_counts_in_the_other_and_outlives_the_one(pair: Pair) -> None:
    client = pair.client("one")
    app = client.apps_v2.create_app(app_name="game", auth_configuration=AuthConfiguration())
    one, two = (pair.client(name, app.app_id) for name in ("one", "two"))
    first, second = Secret("the one that alice has"), Secret("the one that bob wants")
    one.leases_v1.acquire_lease(lease_id=first, holder="alice", lifetime_seconds=60)
    pair.kill("one")

    with pytest.raises(Conflict, match="alice"):
        two.leases_v1.acquire_lease(lease_id=second, holder="bob")
    two.leases_v1.renew_lease(lease_id=first)
    two.leases_v1.release_lease(lease_id=first)
    two.leases_v1.acquire_lease(lease_id=second, holder="bob")


def test_one_of_two_is_killed_again_and_again_and_nothing_is_lost_or_done_twice(pair: Pair) -> None:
    chance = random.Random(5)
    app_id = new_app(pair, "one", kept=KEPT)
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
            process_id: pids
            for process_id, pids in programs(app_id).items()
            if process_id in before
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
        now = programs(app_id)
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
    app_id = new_app(pair, "one")
    pair.start("two")
    one, two = (pair.client(name, app_id) for name in ("one", "two"))
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
    assert len(nodes_of(one)) == 2
    assert logs == {"one": 2, "two": 2}
    for process_id in started:
        two.processes_v3.stop_process(process_id=process_id)
        eventually(
            lambda process_id=process_id: one.processes_v3.get_process(process_id=process_id),
            lambda process: process.status == ProcessStatus.STOPPED,
        )
    assert programs(app_id).keys().isdisjoint(started)


def test_what_one_has_taken_another_builds_and_both_run_until_its_machine_is_gone(
    bucket_pair: Pair,
) -> None:
    pair, packed = bucket_pair, game()
    one, two = pair.client("one"), pair.client("two")
    created = one.builds_v3.create_build(build_size_in_bytes=len(packed))
    upload(created, packed)
    for client in (two, one):  # the second finds it built, and has its log
        with client.builds_v3.run_build(build_id=created.build_id) as log:
            assert "Successfully built" in log.read().decode()
    assert [len(built(pair, name)) for name in ("one", "two")] == [0, 1]

    app = one.apps_v2.create_app(app_name="game", auth_configuration=AuthConfiguration())
    one, two = (pair.client(name, app.app_id) for name in ("one", "two"))
    deployment = deploy_build(one, created.build_id)
    started = [one.processes_v3.create_process(region=REGION).process_id for _ in range(2)]
    for process_id in started:
        eventually(
            lambda process_id=process_id: two.processes_v3.get_process(process_id=process_id),
            lambda process: process.status == ProcessStatus.RUNNING,
        )
    logs = [pair.settings(name).process_log(each) for name in ("one", "two") for each in started]
    assert sum(log.exists() for log in logs[:2]) == sum(log.exists() for log in logs[2:]) == 1

    with pair.store() as store, store.write() as connection:
        own = (pair.folder / "two" / "node").read_text().strip()
        connection.execute(
            update(nodes).where(nodes.c.node_id == own).values(machine="far", site="far")
        )
    daemon.stop(pair.folder / "two")
    without = one.processes_v3.create_process(region=REGION)
    ended = eventually(
        lambda: one.processes_v3.get_process(process_id=without.process_id),
        lambda process: process.status == ProcessStatus.FAILED,
    )
    assert ended.deployment_id == deployment.deployment_id
    assert "its build was made on another machine" in str(ended.summary_exit_reason)


def built(pair: Pair, name: str) -> list[Path]:
    """What a cloud has built."""
    return list((pair.settings(name).artifacts_dir / "builds").iterdir())


def test_what_is_lost_with_its_machine_fails_and_its_rooms_get_another_process(pair: Pair) -> None:
    app_id = new_app(pair, "two", rooms_per_process=1)
    two = pair.client("two", app_id)
    pair.start("one")
    eventually(lambda: nodes_of(two), lambda found: len(found) == 2)
    rooms = [two.rooms_v2.create_room(region=REGION, room_config=str(n)) for n in range(2)]
    for room in rooms:
        eventually(partial(is_active, two, room.room_id), bool)
    (lost,) = (room for room in rooms if pair.settings("one").process_log(room.process_id).exists())
    with pair.store() as store, store.write() as connection:
        own = (pair.folder / "one" / "node").read_text().strip()
        connection.execute(
            update(nodes).where(nodes.c.node_id == own).values(machine="far", site="far")
        )

    pair.kill("one")

    ended = eventually(
        lambda: two.processes_v3.get_process(process_id=lost.process_id),
        lambda process: process.status == ProcessStatus.FAILED,
    )
    assert ended.summary_exit_reason == "was lost with the machine that it ran on"
    eventually(lambda: is_active(two, lost.room_id), bool)
    room = two.rooms_v2.get_room_info(room_id=lost.room_id)
    assert room.room_config == str(rooms.index(lost))
    assert [each.process_id for each in room.allocations][1:] == [lost.process_id]
    for pid in programs(app_id)[lost.process_id]:  # only the database was told that it is gone
        os.kill(pid, signal.SIGKILL)


def test_a_cloud_that_slept_too_long_comes_back_as_one_of_two(pair: Pair) -> None:
    app_id = new_app(pair, "one", rooms_per_process=1)
    two = pair.client("two", app_id)
    eventually(lambda: nodes_of(two), lambda found: len(found) == 2)
    rooms = [two.rooms_v2.create_room(region=REGION).room_id for _ in range(2)]
    for room_id in rooms:
        eventually(partial(is_active, two, room_id), bool)
    before = programs(app_id)
    sleeper = pair.start("one").pid

    os.kill(sleeper, signal.SIGSTOP)
    try:
        eventually(lambda: nodes_of(two), lambda found: len(found) == 1)
        rooms.append(two.rooms_v2.create_room(region=REGION).room_id)
        eventually(partial(is_active, two, rooms[-1]), bool)
    finally:
        os.kill(sleeper, signal.SIGCONT)
    eventually(lambda: nodes_of(two), lambda found: len(found) == 2)
    log = pair.folder / "one" / "cloud.log"
    eventually(log.read_text, lambda text: "taken this cloud for dead" in text)

    assert all(is_active(pair.client("one", app_id), room_id) for room_id in rooms)
    now = programs(app_id)
    assert {process_id: now.get(process_id) for process_id in before} == before
    assert len(now) == len(before) + 1


def test_a_server_that_is_started_again_makes_nobody_take_over(
    pair: Pair, postgresql_server: Server
) -> None:
    app_id = new_app(pair, "one")
    one, two = (pair.client(name, app_id) for name in ("one", "two"))
    process_id = one.processes_v3.create_process(region=REGION).process_id
    running = lambda: one.processes_v3.get_process(process_id=process_id).status  # noqa: E731 - asked twice
    eventually(running, lambda status: status == ProcessStatus.RUNNING)
    before = programs(app_id)

    postgresql_server.stop()
    try:
        with pytest.raises(HathoraError, match="database does not answer"):
            two.with_options(retries=None).apps_v2.get_apps()
        time.sleep(2 * pair.settings("one").node_timeout)  # longer than a cloud may be silent
    finally:
        postgresql_server.start()  # which other tests have, too

    assert eventually(lambda: nodes_of(two), lambda found: len(found) == 2)
    room_id = two.rooms_v2.create_room(region=REGION).room_id
    eventually(lambda: is_active(one, room_id), bool)
    assert programs(app_id) == before
    for name in ("one", "two"):
        assert "no sign of life" not in (pair.folder / name / "cloud.log").read_text()


def test_no_folder_and_no_list_of_programs_shows_the_password(pair: Pair) -> None:
    running = pair.start("one")
    shown = " ".join(psutil.Process(running.pid).cmdline()) + str(running)
    for file in (running.data_dir / "cloud.json", running.data_dir / "cloud.log"):
        shown += file.read_text()

    assert PASSWORD not in shown
    assert pair.database.reveal() not in shown
