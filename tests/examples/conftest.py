from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "coin-rush"

sys.path.insert(0, str(EXAMPLE))  # its modules stand side by side, as they do in its container


class GameServer:
    """The example's server as a process of its own."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "server.py"],
            cwd=EXAMPLE,
            env={"PATH": os.environ["PATH"], **environ},
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def stop(self) -> tuple[int, str]:
        """End it as the cloud does; its exit code and what it still had to say."""
        self.process.terminate()
        output, _ = self.process.communicate(timeout=60)
        return self.process.returncode, output


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start_server() -> Iterator[Callable[..., tuple[GameServer, int]]]:
    servers: list[GameServer] = []

    def start(seconds: float = 1, **environ: str) -> tuple[GameServer, int]:
        port = free_port()
        server = GameServer(
            {
                "PORT": str(port),
                "HATHORA_INITIAL_ROOM_ID": "2swovpy1fnunu",
                "HATHORA_INITIAL_ROOM_CONFIG": json.dumps({"seconds": seconds}),
                **environ,
            }
        )
        servers.append(server)
        assert f"room 2swovpy1fnunu in nowhere is open on udp port {port}" in server.line()
        return server, port

    yield start
    for server in servers:
        server.process.kill()
        server.process.communicate()
