"""Memory of a cloud that has nothing to do, next to the libraries it stands on."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

from benchmarks.cloud import warm_cloud
from benchmarks.figures import Figure, table

LIBRARIES = "import sqlalchemy, starlette.applications, uvicorn; print(flush=True); input()"
MIB = 1 << 20
GOAL = 100
"""MiB."""


def run() -> str:
    bare = libraries_alone()
    with warm_cloud() as cloud:
        fresh = settled(cloud.pid)
        for _ in range(3):
            cloud.deploy()
        cloud.stop_processes()
        used = settled(cloud.pid)
    figures = [
        Figure("the libraries alone", [bare], "MiB"),
        Figure("the cloud, fresh", [fresh], "MiB"),
        Figure("the cloud, after three deploys", [used], "MiB"),
    ]
    return table(f"Memory of the idle cloud ({measure()})", figures, f"goal: under {GOAL} MiB")


def libraries_alone() -> float:
    program = subprocess.Popen(
        [sys.executable, "-c", LIBRARIES], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert program.stdout is not None
    program.stdout.readline()
    held = mebibytes(program.pid)
    program.communicate(b"\n")
    return held


def settled(pid: int) -> float:
    time.sleep(2)
    return mebibytes(pid)


def mebibytes(pid: int) -> float:
    """Memory of a process and its children."""
    process = psutil.Process(pid)
    return sum(_bytes(each) for each in (process, *process.children(recursive=True))) / MIB


def measure() -> str:
    return "PSS" if hasattr(psutil.Process().memory_full_info(), "pss") else "RSS"


def _bytes(process: psutil.Process) -> int:
    info = process.memory_full_info()
    return int(getattr(info, "pss", info.rss))
