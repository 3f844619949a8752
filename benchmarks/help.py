"""CPU time of ``hathora-deploy --help``, next to a Python that does nothing."""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.cloud import TOOL
from benchmarks.figures import Figure, in_turn, table

ROUNDS = 15
GOAL = 0.2
"""Seconds."""


def run() -> str:
    samples = in_turn(
        {
            "python -c pass": lambda: cpu_seconds(sys.executable, "-c", "pass"),
            "hathora-deploy --help": lambda: cpu_seconds(*TOOL, "--help"),
        },
        ROUNDS,
    )
    figures = [Figure(name, values, "s") for name, values in samples.items()]
    return table("CPU time of --help", figures, f"goal: under {GOAL} s")


def cpu_seconds(*command: str) -> float:
    """User and system time of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
