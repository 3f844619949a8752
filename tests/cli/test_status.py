"""``status`` of an app on a cloud that is stopped and started meanwhile."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.settings import CloudSettings
from tests.pipeline.proxy import Fault, FaultProxy
from tests.serving import serving

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

import fcntl
import pty
import struct
import termios

GAME = """\
import os, socket, time
port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
port.bind(("0.0.0.0", int(os.environ["HATHORA_DEFAULT_PORT"])))
time.sleep(600)
"""
BROKEN = "print('no map')\nraise SystemExit(3)\n"
PATIENCE = 60.0


@dataclass(frozen=True)
class World:
    """A cloud of its own, and the command line that is aimed at it."""

    data_dir: Path
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "HATHORA_DATA_DIR": str(self.data_dir),
            "HATHORA_APP_ID": "server",
            "TERM": "xterm",
        }

    def start_cloud(self) -> None:
        daemon.start(CloudSettings(data_dir=self.data_dir, runtime="process", port=0))

    def run(self, *words: str | Path, **variables: str) -> str:
        return subprocess.run(
            self._line(words),
            env={**self.environment, **variables},
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=True,
        ).stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--output", "json"))

    def deploy(self, program: str, *, tag: str) -> None:
        server = self.folder / "server"
        server.mkdir(exist_ok=True)
        (server / "server.py").write_text(program)
        (server / "Dockerfile").write_text(
            'FROM python\nCOPY . .\nEXPOSE 7777/udp\nCMD ["python3", "server.py"]\n'
        )
        self.run("deploy", server, "--no-room", "--deployment-tag", tag)

    def start(self, *words: str, stdout: int | IO[Any], **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._line(words),
            env={**self.environment, **variables},
            cwd=self.folder,
            stdout=stdout,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def _line(self, words: tuple[str | Path, ...]) -> list[str]:
        return [sys.executable, "-m", "hathora_deploy", *map(str, words)]


def until(fact: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An older deployment runs without rooms, and what is live has crashed."""
    home = tmp_path_factory.mktemp("status")
    world = World(home / "state", home)
    try:
        world.start_cloud()
        world.run("apps", "create", "server", HATHORA_APP_ID="")
        world.deploy(GAME, tag="old")
        world.run("processes", "start")
        until(
            lambda: world.json("status")["running"][0]["statuses"] == {"running": 1},
            "the old one runs",
        )
        world.deploy(BROKEN, tag="new")
        world.run("processes", "start", "--region", "London")
        until(lambda: bool(world.json("status")["failures"]), "the new one has failed")
        yield world
    finally:
        daemon.stop(world.data_dir)


def test_a_status_says_what_is_live_what_runs_what_failed_and_what_to_do(world: World) -> None:
    lines = world.run("status").splitlines()
    assert lines[0].startswith("server  ·  http://127.0.0.1:")
    assert lines[1].startswith("live     new  ")
    assert lines[1].endswith(" by local")
    assert "Seattle  old (older)  1 running  0/1" in lines
    failed = lines.index("failed   1 in the last day")
    assert "  London  new: exited with code 3" in lines[failed + 1]
    assert "no map" in world.run(*lines[failed + 2].split()[1:])
    stop = next(line for line in lines if "stop --outdated" in line)
    assert stop.strip() == "hathora-deploy processes stop --outdated --app-id server"


def test_a_status_in_json_is_complete(world: World) -> None:
    status = world.json("status")
    assert (status["appName"], status["live"]["deploymentTag"]) == ("server", "new")
    assert (status["live"]["author"], status["processes"], status["rooms"]) == ("local", 1, 0)
    (group,) = status["running"]
    assert (group["region"], group["deploymentTag"], group["isLive"]) == ("Seattle", "old", False)
    (failure,) = status["failures"]
    assert failure["region"] == "London"
    assert failure["command"] == f"hathora-deploy logs {failure['processId']}"
    assert len(status["warnings"]) == 2


def test_a_line_is_cut_to_the_columns_that_are_asked_for(world: World) -> None:
    lines = world.run("status", COLUMNS="40").splitlines()
    commands = [line for line in lines if line.startswith("         hathora-deploy ")]
    assert max(len(line) for line in lines if line not in commands) == 40
    assert len(commands) == 3


def test_a_watch_into_a_pipe_tells_of_changes_alone_and_outlives_the_cloud(world: World) -> None:
    watch = world.start(
        "status", "--watch", "--interval", "0.1", "-o", "json", stdout=subprocess.PIPE
    )
    assert watch.stdout is not None
    try:
        first = json.loads(watch.stdout.readline())
        assert first["live"]["deploymentTag"] == "new"
        world.run("processes", "start", "--region", "Tokyo")
        seen = earlier = first
        while len(seen["failures"]) == len(first["failures"]):
            seen = json.loads(watch.stdout.readline())
            assert seen != earlier
            earlier = seen
        daemon.stop(world.data_dir)
        while "error" not in seen:
            seen = json.loads(watch.stdout.readline())
        # A call that was on its way may have been cut, and only the beginning of an outage is told.
        assert re.search(r"(refused|cut) the connection|stop", seen["error"]["message"])
        world.start_cloud()
        while "error" in seen:
            seen = json.loads(watch.stdout.readline())
        assert seen["live"]["deploymentTag"] == "new"
        watch.send_signal(signal.SIGINT)
        assert watch.wait(PATIENCE) == 0
        assert watch.stderr is not None
        assert "Traceback" not in watch.stderr.read()
    finally:
        watch.kill()
        watch.communicate()
        if daemon.find(world.data_dir) is None:
            world.start_cloud()


def test_a_watch_waits_for_an_answer_no_longer_than_it_is_told_to(world: World) -> None:
    running = daemon.find(world.data_dir)
    assert running is not None
    with serving(FaultProxy(running.endpoint)) as proxy:
        proxy.faults = [Fault("/processes/", times=10_000, delay=3)]
        watch = world.start(
            *("status", "--watch", "--look-timeout", "0.4", "-o", "json"),
            stdout=subprocess.PIPE,
            HATHORA_CLOUD_ENDPOINT=proxy.endpoint,
            HATHORA_TOKEN=running.token.reveal(),
        )
        assert watch.stdout is not None
        try:
            seen = json.loads(watch.stdout.readline())
            assert "took too long to answer" in seen["error"]["message"]
        finally:
            watch.kill()
            watch.communicate()


def test_a_watch_on_a_terminal_refreshes_in_place_and_leaves_it_as_it_was(world: World) -> None:
    keyboard, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    watch = world.start("status", "-w", "--interval", "0.1", stdout=screen)
    os.close(screen)
    shown = b""
    try:
        deadline = time.monotonic() + PATIENCE
        while shown.count(b"\x1b[H") < 3:
            assert time.monotonic() < deadline
            if select.select([keyboard], [], [], 1)[0]:
                shown += os.read(keyboard, 65536)
        watch.send_signal(signal.SIGINT)
        while True:
            try:
                more = os.read(keyboard, 65536)
            except OSError:  # Linux says so where nobody has it open any more
                break
            if not more:
                break
            shown += more
        assert watch.wait(PATIENCE) == 0
    finally:
        watch.kill()
        watch.communicate()
        os.close(keyboard)
    text = shown.decode()
    assert text.startswith("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H")
    whole = text.split("\x1b[H")[2].split("\x1b[J")[0]
    lines = [re.sub(r"\x1b\[[0-9;]*[mK]", "", line) for line in whole.split("\r\n")]
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    left = text.split("\x1b[?7h\x1b[?25h\x1b[?1049l")[1]
    assert "server  ·  http://127.0.0.1:" in left
