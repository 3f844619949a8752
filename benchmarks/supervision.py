"""What it costs to look after game servers, and how soon a new one's room can be joined."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.cloud import WarmCloud, warm_cloud
from benchmarks.figures import Figure, table
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud

PROCESSES = 200
WATCHED = 20.0
"""Seconds."""
ROOMS = 15
LOOK = 0.002

GAME = """\
import os, socket, time
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", int(os.environ["PORT"])))
while True:
    time.sleep(3600)
"""
DOCKERFILE = """\
FROM python:3.11-slim
COPY server.py /
EXPOSE 7777/udp
CMD ["python3", "-I", "-S", "/server.py"]
"""


def run() -> str:
    with _cloud_with_game() as (cloud, client):
        started = [_seconds_to_active(client) for _ in range(ROOMS)]
        alone = [_seconds_to_bind() for _ in range(ROOMS)]
        _stop_all(client)
        idle = _cpu(cloud)
        for _ in range(PROCESSES):
            client.processes_v3.create_process(region=Region.SEATTLE)
        _await(client, PROCESSES)
        busy = _cpu(cloud)
    joined = [
        Figure("the game server alone, until it has bound its port", alone, "s"),
        Figure("createRoom until connection info says active", started, "s"),
    ]
    watched = [
        Figure("the cloud, with none", [idle], "%"),
        Figure(f"the cloud, with {PROCESSES}", [busy], "%"),
    ]
    return "\n\n".join(
        (
            table("A room that needs a new process", joined, "goal: at most 0.150 s more"),
            table("CPU of one core, looking after processes", watched, "goal: under 5 %"),
        )
    )


@contextmanager
def _cloud_with_game() -> Iterator[tuple[WarmCloud, HathoraCloud]]:
    with tempfile.TemporaryDirectory() as place, warm_cloud() as cloud:
        folder = Path(place, "game")
        folder.mkdir()
        (folder / "server.py").write_text(GAME, encoding="utf-8")
        (folder / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        cloud.deploy("--no-room", folder=folder)
        with HathoraCloud(cloud.token, endpoint=cloud.endpoint) as client:
            app_id = client.apps_v2.get_apps().applications[0].app_id
            yield cloud, client.with_options(app_id=app_id)


def _seconds_to_active(client: HathoraCloud) -> float:
    start = time.perf_counter()
    room = client.rooms_v2.create_room(region=Region.SEATTLE)
    while client.rooms_v2.get_connection_info(room_id=room.room_id).status != "active":
        time.sleep(LOOK)
    return time.perf_counter() - start


def _seconds_to_bind() -> float:
    """The time that the game server itself needs, until the system says that it listens."""
    start = time.perf_counter()
    game = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", GAME], env={"PATH": os.environ["PATH"], "PORT": "0"}
    )
    try:
        process = psutil.Process(game.pid)
        while not process.net_connections("udp"):
            time.sleep(LOOK)
        return time.perf_counter() - start
    finally:
        game.kill()
        game.wait()


def _stop_all(client: HathoraCloud) -> None:
    for process in client.processes_v3.get_latest_processes(status=[ProcessStatus.RUNNING]):
        client.processes_v3.stop_process(process_id=process.process_id)
    _await(client, 0)


def _await(client: HathoraCloud, running: int) -> None:
    while True:
        found = client.processes_v3.get_processes_count_experimental(
            status=[ProcessStatus.RUNNING, ProcessStatus.STOPPING]
        )
        if found.count == running:
            return
        time.sleep(0.2)


def _cpu(cloud: WarmCloud) -> float:
    """Percent of one core that the cloud takes, without its game servers."""
    process = psutil.Process(cloud.pid)
    time.sleep(2)  # what was just done is done
    before = process.cpu_times()
    time.sleep(WATCHED)
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / WATCHED * 100
