"""Finds a docker command line that builds with BuildKit, for an engine that has it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import requests

from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.runtime.engine import open_client

_VERSION: Final = re.compile(r"Docker version (?P<major>\d+)\.")
_BUILT_IN: Final = range(19, 23)
"""Major versions of the command line that have BuildKit in them; later ones leave it to buildx."""
_FIRST_API: Final = (1, 39)
"""The first version of the engine's API with a BuildKit that is no experiment."""
_PATIENCE: Final = 10.0


def find_buildkit(engine: str) -> Path | None:
    """The program to call; None when this machine has none, when the engine is no Docker with
    BuildKit, or when ``DOCKER_BUILDKIT=0`` asks for the builder of old."""
    if os.environ.get("DOCKER_BUILDKIT") == "0" or not _engine_has_it(engine):
        return None
    return next((program for program in _programs() if _has_it(program)), None)


def _engine_has_it(engine: str) -> bool:
    from docker.errors import DockerException

    try:
        client = open_client(engine)
        try:
            version = client.version()
        finally:
            client.close()
    except (CloudError, DockerException, requests.RequestException):
        return False
    # Podman answers as Docker does, and says here what it is.
    is_docker = any(part["Name"] == "Engine" for part in version.get("Components", ()))
    api = tuple(int(number) for number in version["ApiVersion"].split("."))
    return is_docker and version["Os"] == "linux" and api >= _FIRST_API


def _programs() -> Iterator[Path]:
    """Every ``docker`` on PATH, the first one first."""
    for folder in os.get_exec_path():
        program = Path(folder) / "docker"
        if folder and program.is_file() and os.access(program, os.X_OK):
            yield program


def _has_it(program: Path) -> bool:
    version = _VERSION.match(_answer(program, "--version") or "")
    if version is None:
        return False  # Podman's program of the same name, for one
    return int(version["major"]) in _BUILT_IN or _answer(program, "buildx", "version") is not None


def _answer(program: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - the user's own docker
            [program, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
