"""Seconds from the start of the action's step to the first byte packed, on a cold runner and on a warm one.

A cold runner has no package yet, and takes all of them from the package index; a warm one has done so for an
earlier job. Next to them stands the same deploy by a tool that was installed before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from benchmarks.cloud import EXAMPLE, WarmCloud, warm_cloud
from benchmarks.figures import Figure, in_turn, table
from hathora_deploy.client import HathoraCloud

ROUNDS = 3
GOALS = "goals: under 10 s cold, under 2 s warm"
INSTALL = Path(__file__).parents[1] / "github-action" / "install.sh"
PACKING = "::group::Package"
_OWN = {
    name: text
    for name, text in os.environ.items()
    if name.startswith(("PIP_", "UV_", "SSL_CERT_")) or name.lower().endswith("_proxy")
}
"""How this machine reaches a package index."""


def run() -> str:
    with warm_cloud() as cloud, tempfile.TemporaryDirectory() as folder:
        with HathoraCloud(cloud.token, endpoint=cloud.endpoint) as client:
            app_id = client.apps_v2.create_app(app_name="action", auth_configuration={}).app_id
        warm = Path(folder, "warm")
        _until_packing(cloud, app_id, _runner(warm))
        samples = in_turn(
            {
                "installed before": partial(_until_packing, cloud, app_id, None),
                "on a warm runner": partial(_until_packing, cloud, app_id, _runner(warm)),
                "on a cold runner": partial(_cold, cloud, app_id, Path(folder)),
            },
            ROUNDS,
        )
    figures = [Figure(name, values, "s") for name, values in samples.items()]
    return table("From the step's start to the first byte packed", figures, GOALS)


def _cold(cloud: WarmCloud, app_id: str, home: Path) -> float:
    return _until_packing(cloud, app_id, _runner(Path(tempfile.mkdtemp(dir=home))))


def _runner(home: Path) -> dict[str, str]:
    """What a runner of its own tells a step; nothing is cached outside it."""
    home.mkdir(exist_ok=True)
    return {
        **_OWN,
        "HOME": str(home),
        "RUNNER_TOOL_CACHE": str(home),
        "RUNNER_TEMP": str(home),
        "GITHUB_OUTPUT": str(home / "output"),
        "PIP_CACHE_DIR": str(home / "pip"),
        "UV_CACHE_DIR": str(home / "uv"),
    }


def _until_packing(cloud: WarmCloud, app_id: str, runner: Mapping[str, str] | None) -> float:
    began = time.monotonic()
    environ = {"PATH": os.environ["PATH"], **(runner or {})}
    python = _installed(environ) if runner else sys.executable
    inputs = {
        "INPUT_PATH": str(EXAMPLE),
        "INPUT_TOKEN": cloud.token,
        "INPUT_ENDPOINT": cloud.endpoint,
        "INPUT_APP_ID": app_id,
        "INPUT_FORCE": "true",
        "INPUT_ROOM": "false",
        "INPUT_ALLOW_DIRTY": "true",
    }
    with subprocess.Popen(
        [python, "-I", "-m", "hathora_deploy.cli.github"],
        env={**environ, **inputs},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as step:
        assert step.stdout is not None
        is_packing = any(line.startswith(PACKING) for line in step.stdout)
        seconds = time.monotonic() - began
        rest = step.stdout.read()
    if not is_packing or step.returncode:
        raise SystemExit(f"the step ended with {step.returncode}:\n{rest}")
    return seconds


def _installed(environ: Mapping[str, str]) -> str:
    """The Python of the action's environment, as the step that installs it says."""
    subprocess.run(["bash", str(INSTALL)], env=environ, check=True, capture_output=True)
    (line,) = Path(environ["GITHUB_OUTPUT"]).read_text(encoding="utf-8").splitlines()[-1:]
    return line.removeprefix("python=")
