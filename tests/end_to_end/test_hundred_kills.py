"""A cloud that is killed again and again under load loses nothing that it has acknowledged."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from itertools import takewhile
from pathlib import Path

import psutil
import pytest

from hathora_deploy.api.apps import (
    AuthConfiguration,
    ServiceConfigWrite,
    StaticProcessAllocationConfigWrite,
)
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import address
from hathora_deploy.cloud.settings import CloudSettings
from tests.cloud.handlers.conftest import archive, build, game
from tests.cloud.runtime.base_image import base_image_tar
from tests.end_to_end.conftest import wait_until
from tests.end_to_end.games.base_image import imported
from tests.end_to_end.restless import GAME, PORT, Callers, ask, deploy_again
from tests.postgresql import Server

SEED = 20261122
PLAYED_IN = (ProcessStatus.RUNNING, ProcessStatus.DRAINING)
UNSETTLED = [ProcessStatus.STARTING, ProcessStatus.STOPPING]


class MortalCloud:
    """A cloud as a program of its own, at the same port each time."""

    def __init__(self, folder: Path, **environ: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.settings = CloudSettings(data_dir=folder / "cloud", port=port)
        self._environ = {"HATHORA_CLOUD_RUNTIME": "process", **environ}
        self._log = folder / "cloud.log"
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._program = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "hathora_deploy.cloud"),
                    f"--data-dir={self.settings.data_dir}",
                ],
                env={
                    **os.environ,
                    **self._environ,
                    "HATHORA_CLOUD_PORT": str(self.settings.port),
                    "HATHORA_CLOUD_STOP_GRACE": "5",
                    # Of its own: other clouds of this machine choose theirs at the same time.
                    "HATHORA_CLOUD_GAME_PORTS": f"{PORT}-{PORT + 199}",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def answers(self) -> bool:
        assert self._program is not None
        assert self._program.poll() is None, self._log.read_text()[-2000:]
        here = address.read(self.settings)
        return here is not None and here.pid == self._program.pid

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._program is not None:
            self._program.send_signal(number)
            self._program.wait(60)

    def client(self, app_id: str | None = None) -> HathoraCloud:
        token = self.settings.token_file.read_text()
        endpoint = f"http://127.0.0.1:{self.settings.port}"
        return HathoraCloud(token, endpoint=endpoint, app_id=app_id, timeout=10)


@contextmanager
def serving(cloud: MortalCloud) -> Iterator[MortalCloud]:
    cloud.start()
    try:
        wait_until(cloud.answers, "the cloud answers")
        yield cloud
    finally:
        cloud.stop()


@pytest.mark.timeout(600)
def test_a_hundred_kills_under_load_lose_nothing(tmp_path: Path) -> None:
    with serving(MortalCloud(tmp_path)) as cloud:
        kill_under_load(cloud, game(GAME), kills=100)


@pytest.mark.timeout(300)
def test_kills_under_load_lose_nothing_in_a_docker_engine_and_a_postgresql_database(
    postgresql_server: Server, tmp_path: Path
) -> None:
    database = postgresql_server.new_database().reveal()
    with imported(base_image_tar()) as image:
        cloud = MortalCloud(
            tmp_path, HATHORA_CLOUD_RUNTIME="docker", HATHORA_CLOUD_DATABASE=database
        )
        dockerfile = (
            f"FROM {image}\nCOPY . .\nENV PORT={PORT}\nEXPOSE {PORT}/udp\n"
            'CMD ["/usr/bin/python3", "server.py"]\n'
        )
        with serving(cloud):
            kill_under_load(cloud, archive(dockerfile, server__py=GAME), kills=6)


def kill_under_load(cloud: MortalCloud, packed: bytes, *, kills: int) -> None:
    """Kill a cloud that is called all the time; then look whether all is as it was acknowledged."""
    with cloud.client() as first:
        app_id = first.apps_v2.create_app(
            app_name="restless",
            auth_configuration=AuthConfiguration(),
        ).app_id
    client = cloud.client(app_id)
    built, log = build(client, packed)
    assert built.status == "succeeded", log
    deployment = deploy_again(client, built.build_id)
    kept = StaticProcessAllocationConfigWrite(
        region=Region.TOKYO, min_processes=1, target_processes=2, max_processes=4
    )
    client.apps_v2.patch_app(service_config=ServiceConfigWrite(static_process_allocation=[kept]))

    chance = random.Random(SEED)
    with Callers(lambda: cloud.client(app_id), deployment, seed=SEED) as callers:
        for number in range(kills):
            # Often while it comes up, and adopts what the last one left.
            if chance.random() < 0.6:
                wait_until(cloud.answers, "the cloud answers", patience=60)
                callers.until_answered(chance.randint(0, 30))
            else:
                callers.rest(chance.uniform(0, 0.8))
            cloud.kill()
            if number % 5 == 3:
                crash_one(app_id)
            cloud.start()
        wait_until(cloud.answers, "the cloud answers", patience=60)
    ledger = callers.ledger

    assert ledger.surprises == []
    wait_until(
        lambda: not client.processes_v3.get_latest_processes(status=UNSETTLED),
        "all has settled",
        patience=60,
    )
    processes = {process.process_id: process for process in every_process(client)}
    running = [each for each in processes.values() if each.status in PLAYED_IN]
    assert len(ledger.rooms) > kills
    assert len(processes) > kills / 5
    for room_id in ledger.rooms:
        assert_kept(client, room_id, processes, ledger.doomed, ledger.stopped)
    assert game_servers(app_id) == Counter(process.process_id for process in running)
    ports = [process.exposed_port for process in running if process.exposed_port]
    assert len({port.port for port in ports}) == len(running)
    for process in running:
        assert process.exposed_port is not None
        answered, lines = ask(process.exposed_port)
        assert answered == process.process_id
        # Of a container's log the copy is a moment behind.
        wait_until(partial(has_lines, client, process, lines), f"{lines} lines are in the log")
        assert_whole(log_of(client, process))
    for process in processes.values():
        if process not in running and process.started_at is not None:
            assert_whole(log_of(client, process), has_ended=True)
    client.close()


def every_process(client: HathoraCloud) -> Iterator[ProcessV3]:
    before = None
    while page := client.processes_v3.get_latest_processes(before=before):
        yield from page
        # Those of one moment may stand on both pages.
        before = (page[-1].created_at + timedelta(milliseconds=1)).timestamp() * 1000
        if len(page) < 100:
            return


def assert_kept(
    client: HathoraCloud,
    room_id: str,
    processes: dict[str, ProcessV3],
    doomed: set[str],
    stopped: set[str],
) -> None:
    """A room that was acknowledged is there, in a process that runs, unless somebody has ended it or
    it has lost two processes."""
    room = client.rooms_v2.get_room_info(room_id=room_id)
    homes = [processes[each.process_id] for each in room.allocations]
    for home in homes[1:]:
        assert home.status == ProcessStatus.FAILED, (room, home)
    if room.status == "active":
        assert room.current_allocation is not None
        assert homes[0].status in PLAYED_IN, (room, homes)
        return
    was_stopped = homes[0].process_id in stopped
    has_lost_two = len(homes) == 2 and homes[0].status == ProcessStatus.FAILED
    assert room.status == "destroyed"
    assert room.current_allocation is None
    assert room_id in doomed or was_stopped or has_lost_two, (room, homes)


def game_servers(app_id: str) -> Counter[str]:
    """How many game servers of an app run as each process."""
    return Counter(program.info["environ"]["HATHORA_PROCESS_ID"] for program in programs(app_id))


def crash_one(app_id: str) -> None:
    """Have the oldest game server crash, if there is one."""
    for program in sorted(programs(app_id), key=psutil.Process.create_time)[:1]:
        with suppress(psutil.NoSuchProcess):
            program.send_signal(signal.SIGUSR1)
            program.wait(10)


def programs(app_id: str) -> list[psutil.Process]:
    """The game servers of an app, in containers too."""
    return [
        program
        for program in psutil.process_iter(["environ", "cmdline"])
        if (program.info["environ"] or {}).get("HATHORA_APP_ID") == app_id
        and (program.info["cmdline"] or [])[1:] == ["server.py"]
    ]


def log_of(client: HathoraCloud, process: ProcessV3) -> list[str]:
    with client.logs_v1.get_logs_for_process(process_id=process.process_id, tail_lines=5000) as log:
        return log.read().decode().splitlines()


def has_lines(client: HathoraCloud, process: ProcessV3, count: int) -> bool:
    """Whether the last game server has written so many."""
    log = log_of(client, process)
    return "begin" in log and log[::-1].index("begin") >= count


def assert_whole(log: list[str], *, has_ended: bool = False) -> None:
    """Each game server that wrote it has begun with its first line, and left none out. More than one did where
    a cloud was killed before it had noted that the first one ran."""
    begins = [number for number, line in enumerate(log) if line == "begin"]
    assert begins[:1] == [0], log[:3]
    for begin, end in zip(begins, [*begins[1:], len(log)], strict=True):
        lines = list(takewhile(lambda line: line.startswith("line "), log[begin + 1 : end]))
        assert lines == [f"line {number}" for number in range(len(lines))]
        assert log[begin + 1 + len(lines) : end] in ([], ["end"], ["crash"])
    if has_ended:
        assert log[-1] in ("end", "crash")
