"""Logs followed by many at once: memory and CPU time of the cloud, and whether every line arrives."""

from __future__ import annotations

import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import followers
from benchmarks.cloud import WarmCloud, warm_cloud
from benchmarks.followers import Heard
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud

READERS = 1000
GAMES = 20
LINES = 20
"""A second, of each game but one."""
MANY_LINES = 10_000
"""A second, of the one that says the most; fewer read it."""
READERS_OF_MANY = 10
SECONDS = 10
QUIET_SECONDS = 5
MIB = 1 << 20
GOAL = 200
"""MiB."""

_GAME = """
import os, socket, sys, time
game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
game.bind(("127.0.0.1", int(os.environ["PORT"])))
lines, seconds = map(int, game.recvfrom(100)[0].split())
said, begun = 0, time.monotonic()
while said < lines * seconds:
    due = min(int((time.monotonic() - begun) * lines), lines * seconds)
    text = "".join(f"{number:09} the quick brown fox jumps over it\\n" for number in range(said, due))
    os.write(1, text.encode())
    said = due
    time.sleep(0.01)
"""


@dataclass(frozen=True)
class _Use:
    """Of the cloud, without the games."""

    memory: float
    """MiB at most."""
    cpu: float
    """Seconds per second."""


def run() -> str:
    with tempfile.TemporaryDirectory() as folder, warm_cloud() as cloud:
        (Path(folder) / "server.py").write_text(_GAME)
        (Path(folder) / "Dockerfile").write_text(
            f'FROM python\nCOPY . .\nEXPOSE 7777/udp\nCMD ["{sys.executable}", "server.py"]\n'
        )
        cloud.deploy(folder=Path(folder))
        with _client(cloud) as client:
            games = [_start(client) for _ in range(GAMES)]
            alone = _during(cloud, QUIET_SECONDS)
            paths = [_path(game) for game in _shared(games)]
            with followers.following(cloud.endpoint, cloud.token, paths) as heard:
                quiet = _during(cloud, QUIET_SECONDS)
                for game in games:
                    _say(game, MANY_LINES if game is games[0] else LINES)
                busy = _during(cloud, SECONDS)
            lost = _lost(cloud, _shared(games), heard)
    return "\n".join(
        [
            f"{READERS:,} logs followed at once, of {GAMES} games; one says {MANY_LINES:,} lines a second",
            f"  {'':26}{'memory':>12}{'CPU':>14}",
            _line("nobody follows", alone),
            _line("followed, nothing is said", quiet),
            _line("followed, games talk", busy),
            f"  lost: {lost:,} bytes of {sum(each.size for each in heard):,}",
            f"  goals: under {GOAL} MiB, no lost line",
        ]
    )


def _line(name: str, use: _Use) -> str:
    return f"  {name:26}{use.memory:>8.0f} MiB{use.cpu:>9.0%} core"


def _client(cloud: WarmCloud) -> HathoraCloud:
    client = HathoraCloud(cloud.token, endpoint=cloud.endpoint)
    return client.with_options(app_id=client.apps_v2.get_apps().applications[0].app_id)


def _start(client: HathoraCloud) -> ProcessV3:
    process = client.processes_v3.create_process(region=Region.SEATTLE)
    while process.status != ProcessStatus.RUNNING:
        time.sleep(0.05)
        process = client.processes_v3.get_process(process_id=process.process_id)
    return process


def _shared(games: list[ProcessV3]) -> list[ProcessV3]:
    """The game of each reader."""
    others = games[1:]
    return [
        games[0] if number < READERS_OF_MANY else others[number % len(others)]
        for number in range(READERS)
    ]


def _path(game: ProcessV3) -> str:
    return f"/logs/v1/{game.app_id}/process/{game.process_id}?follow=true&tailLines=5000"


def _say(game: ProcessV3, lines: int) -> None:
    assert game.exposed_port is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(
            f"{lines} {SECONDS}".encode(), (game.exposed_port.host, game.exposed_port.port)
        )


def _during(cloud: WarmCloud, seconds: float) -> _Use:
    process = psutil.Process(cloud.pid)
    before = sum(process.cpu_times()[:2])
    with _highest_memory(process) as highest:
        time.sleep(seconds)
    return _Use(max(highest) / MIB, (sum(process.cpu_times()[:2]) - before) / seconds)


@contextmanager
def _highest_memory(process: psutil.Process) -> Iterator[list[int]]:
    seen = [process.memory_info().rss]
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.1):
            seen.append(process.memory_info().rss)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        is_over.set()
        watcher.join()


def _lost(cloud: WarmCloud, games: list[ProcessV3], heard: list[Heard]) -> int:
    """Bytes by which what readers heard differs from what stands in the logs."""
    logs = Path(cloud.environ["HATHORA_DATA_DIR"]) / "logs" / "processes"
    lost = 0
    for game, each in zip(games, heard, strict=True):
        said = followers.heard_of((logs / f"{game.process_id}.log").read_bytes())
        if each != said:
            lost += max(1, abs(said.size - each.size))
    return lost
