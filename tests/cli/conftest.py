"""The command line as a process of its own, in a folder and an environment of the test's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hathora_deploy.client import HathoraCloud

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of the machine that runs the tests, but what a program needs to start."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {
        **kept,
        "HOME": str(tmp_path),
        "HATHORA_DATA_DIR": str(tmp_path / "cloud"),
        "COLUMNS": "100",
        # That of the person who runs the tests is left alone.
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Runs hathora-deploy; keywords are variables of its environment."""

    def run(
        *words: str | Path, cwd: Path = tmp_path, stdin: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hathora_deploy", *map(str, words)],
            cwd=cwd,
            env={**environment, **variables},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run


def write_program(folder: Path) -> Path:
    """The folder, with the program under its name, for the shells that start it."""
    folder.mkdir()
    program = folder / "hathora-deploy"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hathora_deploy "$@"\n')
    program.chmod(0o755)
    return folder


class Cloud:
    """The command line, aimed at the shared local cloud."""

    def __init__(self, run: Run, running: RunningCloud) -> None:
        self._run = run
        self._variables = {"HATHORA_DATA_DIR": str(running.data_dir)}

    def __call__(self, *words: str | Path, code: int = 0, **variables: str) -> Any:
        done = self._run(*words, **{**self._variables, **variables})
        assert done.returncode == code, done.stderr
        return done

    def json(self, *words: str | Path, code: int = 0, **variables: str) -> Any:
        return json.loads(self(*words, "--output", "json", code=code, **variables).stdout)


@pytest.fixture
def cloud(run: Run, local_cloud: RunningCloud) -> Iterator[Cloud]:
    """Without an app, whatever tests came before."""
    _delete_apps(local_cloud)
    yield Cloud(run, local_cloud)
    _delete_apps(local_cloud)


def _delete_apps(running: RunningCloud) -> None:
    client = HathoraCloud(running.token, endpoint=running.endpoint)
    for app in client.apps_v2.get_apps().applications:
        client.apps_v2.delete_app(app_id=app.app_id)
    client.close()
