from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"
INTERRUPTED = 130


def test_a_demo_installs_nothing_that_only_tests_need(tmp_path: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("apt-get install make")
    steps = subprocess.run(
        [make, "--dry-run", "demo", f"VENV={tmp_path}"],
        cwd=DEMO.parents[1],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "pip install" in steps
    assert "[dev]" not in steps


def test_a_demo_that_is_interrupted_stops_its_cloud_and_leaves_nothing(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, DEMO],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert demo.stdout is not None
    talk = ""
    for line in demo.stdout:
        talk += line
        if line.startswith("$ python3 coin-rush/client.py"):
            break
    started = [process for process in psutil.process_iter() if is_of(process, tmp_path)]
    assert started, talk

    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: to everybody in the foreground
    talk += demo.communicate(timeout=60)[0]

    assert demo.returncode == INTERRUPTED, talk
    assert "the local cloud has stopped" in talk
    assert list(tmp_path.glob("hathora-demo-*")) == []
    _, alive = psutil.wait_procs(started, timeout=60)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def is_of(process: psutil.Process, folder: Path) -> bool:
    """Whether a process works in a folder, as the demo's cloud and its game servers do."""
    try:
        return process.cwd().startswith(str(folder))
    except psutil.Error:
        return False
