"""Wall time of a deploy on a warm cloud, next to the work that no deploy can do without."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable

from benchmarks.cloud import EXAMPLE, warm_cloud
from benchmarks.figures import Figure, in_turn, table

ROUNDS = 7
GOAL = 2.0
"""Seconds."""


def run() -> str:
    with warm_cloud() as cloud:
        cloud.deploy()  # the first one creates the app

        def deploy() -> float:
            seconds = timed(cloud.deploy)
            cloud.stop_processes()
            return seconds

        samples = in_turn({"bare": lambda: timed(bare), "deploy": deploy}, ROUNDS)
    figures = [
        Figure("Python starts + tar.gz + game binds its port", samples["bare"], "s"),
        Figure("hathora-deploy examples/coin-rush", samples["deploy"], "s"),
    ]
    return table("Deploy on a warm cloud, process runtime", figures, f"goal: under {GOAL} s")


def bare() -> None:
    """The work itself, with nothing around it."""
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    with tempfile.TemporaryFile() as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.add(EXAMPLE, ".")
    game = subprocess.Popen(
        [sys.executable, "server.py"],
        cwd=EXAMPLE,
        env={"PATH": os.environ["PATH"], "PORT": str(free_port())},
        stdout=subprocess.PIPE,
    )
    assert game.stdout is not None
    game.stdout.readline()  # it says that it is open
    game.kill()
    game.communicate()


def timed(work: Callable[[], None]) -> float:
    """Seconds of wall time."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
