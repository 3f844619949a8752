"""The cloud of this machine, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the cloud runs on Linux and macOS")

START = ("cloud", "start", "--port", "0", "--runtime", "process")


@pytest.fixture(autouse=True)
def stopped(run: Run) -> Iterator[None]:
    yield
    run("cloud", "stop")


def test_it_is_started_once_seen_and_stopped(run: Run, tmp_path: Path) -> None:
    absent = run("cloud")
    assert (absent.returncode, absent.stdout) == (3, "")
    assert absent.stderr == "the local cloud does not run\n"

    first = json.loads(run(*START, "-o", "json").stdout)
    second = json.loads(run(*START, "-o", "json").stdout)
    assert (first["wasStarted"], second["wasStarted"]) == (True, False)
    assert first["pid"] == second["pid"]
    assert first["dataDir"] == str(tmp_path / "cloud")

    status = run("cloud", "status")
    assert status.returncode == 0
    assert first["endpoint"] in status.stdout

    assert json.loads(run("cloud", "stop", "-o", "json").stdout)["stopped"]
    assert json.loads(run("cloud", "status", "-o", "json").stdout) == {"running": False}
    again = run("cloud", "stop")
    assert (again.returncode, again.stderr) == (0, "the local cloud does not run\n")


def test_of_one_that_was_killed_it_is_said_that_game_servers_may_go_on(run: Run) -> None:
    started = json.loads(run(*START, "-o", "json").stdout)
    os.kill(started["pid"], signal.SIGKILL)
    while (status := run("cloud", "status")).returncode == 0:
        pass
    for told in (status, run("cloud", "stop")):
        assert "does not run\nit was killed, and what it ran may go on" in told.stderr
    assert run("cloud", "stop").stderr == "the local cloud does not run\n"


def test_an_option_that_takes_a_list_may_be_repeated(run: Run) -> None:
    pages = ("--allow-origin", "https://play.test", "--allow-origin", "http://localhost:5173")
    run(*START, *pages)
    same = run(
        *START, "-o", "json", HATHORA_CLOUD_ALLOW_ORIGIN="https://play.test,http://localhost:5173"
    )
    assert not json.loads(same.stdout)["wasStarted"]

    other = run(*START, "--allow-origin", "https://play.test")
    assert other.returncode != 0
    assert "with another --allow-origin https://play.test,http://localhost:5173" in other.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stays_in_the_foreground_until_it_is_asked_to_end(
    run: Run, environment: dict[str, str], number: signal.Signals
) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "hathora_deploy", "cloud", "serve", *START[2:]],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    try:
        line = next(line for line in server.stderr if "http://127.0.0.1:" in line)
        endpoint = json.loads(run("cloud", "status", "-o", "json").stdout)["endpoint"]
        assert endpoint in line
        server.send_signal(number)
        _, stderr = server.communicate(timeout=30)
    finally:
        server.kill()
    assert server.returncode == 0, stderr
    assert "Traceback" not in stderr
    assert run("cloud", "status").returncode == 3
