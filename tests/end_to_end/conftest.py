"""The tool as a person has it: commands in processes of their own, against a cloud in a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from hathora_deploy.client import HathoraCloud

EXAMPLE = Path(__file__).parents[2] / "examples" / "coin-rush"

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Tool:
    """hathora-deploy with an environment; nothing of the one that runs the tests reaches it."""

    environ: Mapping[str, str]
    prefix: tuple[str, ...] = ()
    """Words before the command, such as those of a wrapper that changes the user."""

    def run(self, *words: str | Path, timeout: float = 120, **environ: str) -> Done:
        """Run a command to its end."""
        return subprocess.run(
            self._command(words),
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *words: str | Path, **environ: str) -> subprocess.Popen[str]:
        """Start a command whose talk is read as it comes."""
        return subprocess.Popen(
            self._command(words),
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ok(self, *words: str | Path, **environ: str) -> str:
        """The output of a command that must succeed."""
        done = self.run(*words, **environ)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *words: str | Path, **environ: str) -> Any:
        """The JSON that a command prints; it must succeed."""
        return json.loads(self.ok(*words, "--output", "json", **environ))

    def _command(self, words: tuple[str | Path, ...]) -> list[str]:
        return [*self.prefix, sys.executable, "-m", "hathora_deploy", *map(str, words)]


@dataclass
class OwnCloud:
    """A cloud that the tool has started in the background."""

    tool: Tool
    data_dir: Path
    endpoint: str = ""
    pid: int = 0
    _clients: list[HathoraCloud] = field(default_factory=list)

    def start(self, *options: str, **environ: str) -> None:
        self.tool.ok("cloud", "start", "--port", "0", *options, **environ)
        status = self.tool.json("cloud", "status")
        self.endpoint, self.pid = status["endpoint"], status["pid"]

    @property
    def token(self) -> str:
        return (self.data_dir / "token").read_text(encoding="utf-8").strip()

    def client(self, *, app_id: str | None = None) -> HathoraCloud:
        client = HathoraCloud(self.token, app_id=app_id, endpoint=self.endpoint)
        self._clients.append(client)
        return client

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self.tool.ok("cloud", "stop")
        wait_until(lambda: not is_alive(self.pid), "the cloud has ended")


StartCloud = Callable[..., OwnCloud]


def tool_for(data_dir: Path) -> Tool:
    """The tool whose local cloud lives in a folder."""
    scratch = data_dir.parent / f"{data_dir.name}-tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    return Tool(
        {
            "PATH": os.environ["PATH"],
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            # What is known of files is to stay; what stays in TMPDIR is not.
            "XDG_CACHE_HOME": str(data_dir.parent / f"{data_dir.name}-cache"),
            "HATHORA_DATA_DIR": str(data_dir),
        }
    )


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    return tool_for(tmp_path / "cloud")


@pytest.fixture
def start_cloud(tmp_path: Path) -> Iterator[StartCloud]:
    """Starts clouds of a test's own; they are stopped when it ends."""
    clouds: list[OwnCloud] = []

    def start(name: str = "cloud", runtime: str = "process", **environ: str) -> OwnCloud:
        data_dir = tmp_path / name
        cloud = OwnCloud(tool_for(data_dir), data_dir)
        clouds.append(cloud)
        cloud.start("--runtime", runtime, **environ)
        return cloud

    yield start
    for cloud in clouds:
        cloud.stop()


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCloud]:
    """One cloud for all tests that do not hurt it."""
    data_dir = tmp_path_factory.mktemp("shared") / "cloud"
    cloud = OwnCloud(tool_for(data_dir), data_dir)
    try:
        cloud.start("--runtime", "process", HATHORA_CLOUD_START_TIMEOUT="6")
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="session")
def sdk_folder() -> Path:
    """The folder that the TypeScript SDK is installed in."""
    folder = os.environ.get("HATHORA_TS_SDK")
    if not folder:
        pytest.skip(
            "HATHORA_TS_SDK names no folder; there: npm install @hathora/cloud-sdk-typescript@2.25.6"
        )
    if shutil.which("node") is None:
        pytest.skip("node is missing")
    assert (Path(folder) / "node_modules/@hathora/cloud-sdk-typescript").is_dir()
    return Path(folder)


@pytest.fixture
def write_server(tmp_path: Path) -> Callable[..., Path]:
    """Writes the folder of a game server that is one line of shell."""

    def write(command: str, *, name: str = "server", **files: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        lines = ["FROM scratch", "WORKDIR /game", "COPY . .", "EXPOSE 7777/udp", f"CMD {command}"]
        (folder / "Dockerfile").write_text("\n".join(lines) + "\n")
        for file, text in files.items():
            (folder / file).write_text(text)
        return folder

    return write


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(fact: Callable[[], bool], what: str, *, patience: float = 60.0) -> None:
    """Return when a fact holds; fail, saying what did not come, when it does not in time."""
    deadline = time.monotonic() + patience
    while not fact():
        assert time.monotonic() < deadline, f"after {patience:.0f} s still not so: {what}"
        time.sleep(0.05)
