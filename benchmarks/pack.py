"""Packing a gibibyte, next to Go programs that do what the official command line does."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.cloud import TOOL
from benchmarks.figures import in_turn
from benchmarks.tree import MIB

SOURCE = Path(__file__).parent / "peer" / "pack.go"
ROUNDS = 3
OURS = "as a deploy packs: package --compression auto"
BY_DEFAULT = "hathora-deploy package, at its level, 6"
ABSENT = "no Go: HATHORA_GO names no go command, and none is on PATH"
GOALS = (
    "goals: 10 times as fast as Go 1.23.9, 4 times as fast as Go 1.27; no more than 5 % larger; "
    "a peak under 100 MiB"
)


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds by the clock and of the CPU, peak memory and output in MiB."""

    wall: float
    cpu: float
    peak: float
    output: float


def run() -> str:
    with tempfile.TemporaryDirectory(prefix="hathora-pack-") as place:
        tree = Path(place, "server")
        tree.mkdir()
        subprocess.run([sys.executable, "-m", "benchmarks.tree", tree], check=True)
        packers = {OURS: _package("auto"), BY_DEFAULT: _package("6"), **_peers(Path(place))}
        costs = in_turn(
            {name: partial(_cost, command, tree, Path(place)) for name, command in packers.items()},
            ROUNDS,
        )
    return _table(costs)


def _package(compression: str) -> Sequence[str]:
    return (*TOOL, "package", "--force", "--compression", compression, "-o")


def _peers(place: Path) -> dict[str, Sequence[str]]:
    """The Go program, built by each go command of HATHORA_GO, or the one on PATH."""
    named = os.environ.get("HATHORA_GO", "").split(os.pathsep)
    found = [command for each in named if each and (command := shutil.which(each))]
    peers: dict[str, Sequence[str]] = {}
    for command in found or filter(None, [shutil.which("go")]):
        environ = {**os.environ, "GOTOOLCHAIN": "local", "GOCACHE": str(place / "go-cache")}
        version = subprocess.run(
            [command, "env", "GOVERSION"], env=environ, capture_output=True, text=True, check=True
        ).stdout.strip()
        program = place / version
        subprocess.run([command, "build", "-o", program, SOURCE], env=environ, check=True)
        peers[f"archive/tar + compress/gzip, {version}"] = (str(program),)
    return peers


def _cost(command: Sequence[str], tree: Path, place: Path) -> Cost:
    """Of a command that is followed by where the archive goes and the folder."""
    output = place / "out.tgz"
    output.unlink(missing_ok=True)
    words = [*command, str(output), str(tree)]
    start = time.perf_counter()
    program = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(program.pid, 0)
    wall = time.perf_counter() - start
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        raise subprocess.CalledProcessError(program.returncode, words)
    peak = used.ru_maxrss / (MIB if sys.platform == "darwin" else 1024)
    return Cost(wall, used.ru_utime + used.ru_stime, peak, output.stat().st_size / MIB)


def _table(costs: Mapping[str, Sequence[Cost]]) -> str:
    """The ratios are those of each round, how often it takes as long as we do, and their median."""
    ours = costs[OURS]
    width = max(map(len, costs))
    lines = [
        f"Packing 1 GiB in about 8,700 files, {os.cpu_count()} cores, median of {ROUNDS}",
        f"  {'':{width}}  {'wall s':>7}  {'CPU s':>7}  {'peak MiB':>8}  {'out MiB':>8}  {'ratio':>6}  {'min … max':>13}",
    ]
    for name, runs in costs.items():
        ratios = [each.wall / own.wall for each, own in zip(runs, ours, strict=True)]
        wall, cpu, peak, output = (
            statistics.median(getattr(each, field) for each in runs)
            for field in ("wall", "cpu", "peak", "output")
        )
        lines.append(
            f"  {name:{width}}  {wall:>7.2f}  {cpu:>7.2f}  {peak:>8.0f}  {output:>8.1f}"
            f"  {statistics.median(ratios):>6.1f}  {min(ratios):>5.1f} … {max(ratios):>5.1f}"
        )
    return "\n".join([*lines, f"  {GOALS}" if len(costs) > 1 else f"  {ABSENT}"])
