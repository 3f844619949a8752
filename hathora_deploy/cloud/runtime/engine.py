"""Finds a Docker engine without loading what talks to one."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PING: Final = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"
_PATIENCE: Final = 3.0
"""Seconds an engine has to answer."""


def find_engine() -> str | None:
    """The URL of an engine that answers; None when there is none."""
    if named := os.environ.get("DOCKER_HOST"):
        return named if _answers(named) else None
    return next((url for url in _usual_places() if _answers(url)), None)


def _usual_places() -> Iterator[str]:
    for path in (Path("/var/run/docker.sock"), Path.home() / ".docker/run/docker.sock"):
        try:
            if stat.S_ISSOCK(path.stat().st_mode):
                yield f"unix://{path}"
        except OSError:
            continue


def _answers(url: str) -> bool:
    if url.startswith("unix://"):
        return _socket_answers(url.removeprefix("unix://"))
    import docker
    from docker.errors import DockerException
    from requests import RequestException

    try:
        client = docker.DockerClient.from_env(timeout=int(_PATIENCE))
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (DockerException, RequestException, OSError, ValueError):
        return False


def _socket_answers(path: str) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(path)
            connection.sendall(_PING)
            return b" 200 " in connection.recv(64)
    except OSError:
        return False
