"""Wall time until a tree that was deployed before is known to be unchanged, next to git on the same tree."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.deploy import timed
from benchmarks.figures import Figure, in_turn, table
from hathora_deploy.pipeline.folder_source import read_folder

ROUNDS = 15
FOLDERS, FILES = 100, 100
SETTLED = 2.5
"""Seconds after which a file that was written counts as settled."""
GOAL = 0.5
"""Seconds."""


def run() -> str:
    with tempfile.TemporaryDirectory(prefix="hathora-bench-") as place:
        folder, home = Path(place, "server"), Path(place, "cache")
        fill(folder)
        time.sleep(SETTLED)
        git(folder, "init", "--quiet")
        git(folder, "add", ".")
        _, digest = decide(folder, home)

        def again() -> None:
            assert decide(folder, home) == (0, digest), "files were read, or the digest changed"

        measures = {
            "walk": lambda: timed(lambda: walk(folder)),
            "git": lambda: timed(lambda: git(folder, "status", "--porcelain")),
            "decide": lambda: timed(again),
            "cpu": lambda: cpu_time(again),
        }
        samples = in_turn(measures, ROUNDS)
    figures = [
        Figure("os.walk and os.lstat", samples["walk"], "s"),
        Figure("git status", samples["git"], "s"),
        Figure("build context, warnings, stat cache, build id", samples["decide"], "s"),
        Figure("the same, in CPU time", samples["cpu"], "s"),
    ]
    return table(
        f"An unchanged tree of {FOLDERS * FILES:,} files", figures, f"goal: under {GOAL} s"
    )


def fill(folder: Path) -> None:
    """Files of a few KiB each, in folders."""
    for name in range(FOLDERS):
        (folder / f"assets-{name}").mkdir(parents=True)
        for number in range(FILES):
            path = folder / f"assets-{name}" / f"asset-{number}.dat"
            path.write_bytes(f"{name} {number} ".encode() * (20 * number + 1))
    (folder / ".dockerignore").write_text(".git\n")
    (folder / "Dockerfile").write_text("FROM scratch\nEXPOSE 7777/udp\nCOPY . /\n")


def decide(folder: Path, home: Path) -> tuple[int, str]:
    """How many files had to be read, and the digest."""
    source = read_folder(folder, cache_home=home)
    assert source.concerns() == ()
    content = source.content(lambda _: None)
    return content.hashes.read, content.digest


def cpu_time(work: Callable[[], None]) -> float:
    """Seconds, of which a busy machine makes few more."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def walk(folder: Path) -> None:
    """What none can do without who looks at every file."""
    for place, _, names in os.walk(folder):
        for name in names:
            os.lstat(f"{place}/{name}")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
