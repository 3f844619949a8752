"""The TypeScript SDK, where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parent / "client.mjs"
ABSENT = (
    "without the SDK: HATHORA_TS_SDK names no folder that it is installed in, or node is missing"
)


def sdk_environ() -> Mapping[str, str] | None:
    """The environment of Node programs that use the SDK; None if it is not to be had."""
    folder = os.environ.get("HATHORA_TS_SDK")
    if not folder or shutil.which("node") is None:
        return None
    return {"PATH": os.environ["PATH"], "HATHORA_TS_SDK": folder}


@dataclass(frozen=True)
class Cost:
    """Seconds that calls took: by the clock, and of the CPU in the program that made them."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class RunningSdk:
    """A Node process that makes calls."""

    node: subprocess.Popen[str]

    def cost(self, operation: str, calls: int, at_once: int) -> Cost:
        assert self.node.stdin is not None
        assert self.node.stdout is not None
        told = {"operation": operation, "calls": calls, "at_once": at_once}
        self.node.stdin.write(json.dumps(told) + "\n")
        self.node.stdin.flush()
        return Cost(**json.loads(self.node.stdout.readline()))


@contextmanager
def running_sdk(
    environ: Mapping[str, str], *, endpoint: str, token: str, app_id: str
) -> Iterator[RunningSdk]:
    node = subprocess.Popen(
        ["node", SCRIPT, endpoint, app_id],
        env={**environ, "HATHORA_TOKEN": token},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield RunningSdk(node)
    node.communicate()
