"""Every example of every ``--help`` is run as it is written, by a shell, against a cloud with a game."""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cli.command import Command, Group
from hathora_deploy.cli.commands import COMMANDS, root
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.settings import CloudSettings

from .conftest import write_program
from .terminal import on_terminal

if sys.platform == "win32":
    pytest.skip("the examples are lines for a POSIX shell", allow_module_level=True)

NOT_YET: frozenset[str] = frozenset()
"""Commands that are still without examples. It stays empty."""
GO_ON = {
    "hathora-deploy logs --follow",
    "hathora-deploy status --watch",
    "hathora-deploy cloud serve --data-dir ./cloud",
}
"""They end when somebody presses Ctrl-C."""
TOKEN = "the token of the cloud"
ASKS = {
    "hathora-deploy login --endpoint https://cloud.example.com": ("Token of ", TOKEN),
    "hathora-deploy rollback": ("Go back?", "y"),
    "hathora-deploy promote staging production": ("Deploy it to production?", "y"),
}
"""They ask somebody at a terminal for this, who types that."""
EXIT_CODES = {
    "hathora-deploy plan ./server": 2,
    "hathora-deploy plan ./server --from-latest --requested-cpu 2 --output json": 2,
}
"""Of the examples that succeed with another than 0."""

GAME = """\
import os, socket, time
port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
port.bind(("0.0.0.0", int(os.environ["HATHORA_DEFAULT_PORT"])))
print("the game is on", flush=True)
while True:
    time.sleep(60)
"""


def leaves(line: str, command: click.Command | None) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from leaves(f"{line} {name}", command.get_command(click.Context(command), name))
    elif command is not None:
        yield line, command


def all_commands() -> dict[str, click.Command]:
    ctx = click.Context(root)
    assert isinstance(root, Group)
    return {
        line: command
        for name in COMMANDS
        for line, command in leaves(name, root.get_command(ctx, name))
    }


def examples() -> list[str]:
    assert isinstance(root, Group)
    found = [*root.examples]
    for command in all_commands().values():
        found += getattr(command, "examples", ())
    return list(dict.fromkeys(found))


def test_the_help_of_every_command_ends_with_one_to_three_examples_of_it() -> None:
    without = set()
    for name, command in all_commands().items():
        lines = command.examples if isinstance(command, Command) else ()
        if not 1 <= len(lines) <= 3:
            without.add(name)
    assert without == NOT_YET


@dataclass
class World:
    """A cloud where a game of the folder ``server`` runs, and a folder that examples are typed in."""

    running: RunningCloud
    folder: Path
    programs: Path
    client: HathoraCloud = field(init=False)
    app_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.client = HathoraCloud(self.running.token, endpoint=self.running.endpoint)

    def write_files(self) -> None:
        """The files that examples name."""
        shutil.rmtree(self.folder, ignore_errors=True)
        server = self.folder / "server"
        server.mkdir(parents=True)
        (server / "server.py").write_text(GAME)
        (server / "Dockerfile").write_text(
            'FROM python\nCOPY . .\nEXPOSE 7777/udp\nCMD ["python3", "server.py"]\n'
        )

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line, and press Ctrl-C when it has said something, if it would go on for ever."""
        words = ["/bin/sh", "-ec", ("exec " if line in GO_ON else "") + self.filled_in(line)]
        token = self.running.token.reveal()
        env = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "HATHORA_DATA_DIR": str(self.running.data_dir),
            "HATHORA_CLOUD_PORT": "0",
            "HATHORA_CLOUD_RUNTIME": "process",
            "COLUMNS": "100",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "CLOUD_TOKEN": token,
        }
        if line in ASKS:
            prompt, answer = ASKS[line]
            typed = token if answer == TOKEN else answer
            shown = on_terminal(words, cwd=self.folder, env=env, prompt=prompt, typed=typed)
            return subprocess.CompletedProcess(line, shown.returncode, "", shown.text)
        shell = subprocess.Popen(
            words,
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        assert shell.stdout is not None
        assert shell.stderr is not None
        if line in GO_ON:
            with selectors.DefaultSelector() as ready:
                ready.register(shell.stdout, selectors.EVENT_READ)
                ready.register(shell.stderr, selectors.EVENT_READ)
                assert ready.select(timeout=60), "it says nothing"
            os.killpg(shell.pid, signal.SIGINT)
        said, told = shell.communicate(timeout=120)
        return subprocess.CompletedProcess(line, shell.returncode, said, told)

    def filled_in(self, line: str) -> str:
        """The line with ids in place of the words that stand for one."""
        made = {
            "PROCESS": self._process,
            "ROOM": self._room,
            "BUILD": self._build,
            "DEPLOYMENT": self._deployment,
            "TOKEN": self._token,
        }
        words = "|".join(made)
        filled = re.sub(rf"(?<= )({words})(?= |$)", lambda word: made[word[1]](), line)
        filled = filled.replace("final-3", f"final-{time.monotonic_ns()}")  # no room has it twice
        return filled.replace("https://cloud.example.com", self.running.endpoint)

    def prepare(self, line: str) -> None:
        """What the line is about is there, and what it makes is not."""
        self.write_files()
        if "game.tgz" in line:
            self.must("hathora-deploy package ./server -o game.tgz")
        if " restore ./cloud.backup" in line:
            self.must("hathora-deploy cloud backup ./cloud.backup")
        if "eve@example.com" in line and " add " not in line:
            self.must("hathora-deploy cloud users add eve@example.com")
        if " arena" in line and " create " not in line:
            self.must("hathora-deploy apps create arena")
        if "saved.json" in line:
            number = time.monotonic_ns()
            app = {"appId": f"app-{number}", "appName": "moved", "authConfiguration": {}}
            told = json.dumps({**app, "appSecret": f"secret-{number}"})
            (self.folder / "saved.json").write_text(told)
        if " logout " in line:
            self.must(
                'echo "$CLOUD_TOKEN" | hathora-deploy login --endpoint https://cloud.example.com'
            )
        if line.startswith("hathora-deploy promote"):
            environments = '[staging.app]\nid = "server"\n[production.app]\nid = "production"\n'
            (self.folder / "hathora.toml").write_text(environments)
            self.must("hathora-deploy apps create production")
        if line.startswith("hathora-deploy rollback"):
            changed = f"CHANGED={time.monotonic_ns()}"
            self.must(f"hathora-deploy ./server --no-room --env {changed}")
        if line.startswith("hathora-deploy logs"):
            self._process()

    def tidy(self) -> None:
        """Only the app of the folder stays, the name of a token is free, and only one cloud runs."""
        if (self.folder / "cloud").exists():
            daemon.stop(self.folder / "cloud")
        if daemon.find(self.running.data_dir) is None:
            self.must("hathora-deploy cloud start")
            found = daemon.find(self.running.data_dir)
            assert found is not None
            self.running = found
            self.client.close()
            self.client = HathoraCloud(found.token, endpoint=found.endpoint)
        for app in self.client.apps_v2.get_apps().applications:
            if app.app_name != "server":
                self.client.apps_v2.delete_app(app_id=app.app_id)
        org = self.client.organizations_v1.get_orgs().orgs[0].org_id
        for token in self.client.tokens_v1.get_org_tokens(org_id=org).tokens:
            if token.name == "nightly":
                self.client.tokens_v1.revoke_org_token(org_id=org, org_token_id=token.org_token_id)

    def must(self, line: str) -> None:
        done = self.type(line)
        assert done.returncode == 0, done.stdout + done.stderr

    def _process(self) -> str:
        """One that runs, and has a room."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            alive = self.client.processes_v3.get_latest_processes(
                app_id=self.app_id, status=[ProcessStatus.RUNNING]
            )
            if alive:
                return alive[0].process_id
            starting = self.client.processes_v3.get_latest_processes(
                app_id=self.app_id, status=[ProcessStatus.STARTING]
            )
            if not starting:
                self._room()
            time.sleep(0.05)
        raise AssertionError("no process runs")

    def _room(self) -> str:
        made = self.client.rooms_v2.create_room(app_id=self.app_id, region=Region.TOKYO)
        return made.room_id

    def _build(self) -> str:
        return self.client.builds_v3.create_build(build_size_in_bytes=1).build_id

    def _deployment(self) -> str:
        return self.client.deployments_v3.get_latest_deployment(app_id=self.app_id).deployment_id

    def _token(self) -> str:
        org = self.client.organizations_v1.get_orgs().orgs[0].org_id
        made = self.client.tokens_v1.create_org_token(org_id=org, name=f"t{time.monotonic_ns()}")
        return made.org_token.org_token_id


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("examples")
    running = daemon.start(CloudSettings(data_dir=home / "state", runtime="process", port=0))
    try:
        world = World(running, home / "work", write_program(home / "bin"))
        world.write_files()
        world.must("hathora-deploy ./server --no-room")
        world.app_id = world.client.apps_v2.get_apps().applications[0].app_id
        yield world
        world.client.close()
    finally:
        daemon.stop(home / "state")


@pytest.mark.parametrize("line", examples())
def test_an_example_does_what_it_shows(world: World, line: str) -> None:
    world.prepare(line)
    try:
        done = world.type(line)
    finally:
        world.tidy()
    expected = EXIT_CODES.get(line, 0)
    assert done.returncode in ((0, 130) if line in GO_ON else (expected,)), done.stderr
    assert "Traceback" not in done.stderr
    assert line in ASKS or "\x1b" not in done.stdout + done.stderr, "it is piped"
