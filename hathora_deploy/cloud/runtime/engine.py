"""Finds a Docker engine without loading what talks to one, and opens connections to it."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hathora_deploy.cloud.errors import CloudError, EngineSilent

if TYPE_CHECKING:
    from docker import APIClient, DockerClient
    from requests import Response

_UNIX: Final = "unix://"
_PING: Final = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"
_PATIENCE: Final = 3.0
"""Seconds an engine has to answer."""


def find_engine() -> str | None:
    """The URL of an engine that answers; None when there is none."""
    if named := os.environ.get("DOCKER_HOST"):
        return named if answers(named) else None
    return next((url for url in _usual_places() if answers(url)), None)


def open_client(url: str) -> DockerClient:
    """A client of the engine. Raises CloudError when it does not answer."""
    # Asked first: a client that finds no socket leaves its own open.
    if url.startswith(_UNIX) and not _socket_answers(url.removeprefix(_UNIX)):
        raise unreachable()
    import docker
    from docker.errors import DockerException

    try:
        return docker.DockerClient.from_env(environment={**os.environ, "DOCKER_HOST": url})
    except DockerException as error:
        raise unreachable() from error


@contextmanager
def open_stream(url: str) -> Iterator[tuple[APIClient, list[Response]]]:
    """A connection for one long answer, and the answers so far: they are closed at the end."""
    client = open_client(url)
    answers: list[Response] = []

    def note(answer: Response, *_: Any, **__: Any) -> None:
        answers.append(answer)

    client.api.hooks["response"].append(note)
    try:
        yield client.api, answers
    finally:
        for answer in answers:
            answer.close()
        client.close()


def hang_up(answer: Response) -> None:
    """Cut an answer short, by which the engine learns that nobody waits for it any more."""
    with suppress(RuntimeError, ValueError):  # it has just come to its end
        answer.raw.shutdown()


def unreachable(kind: type[CloudError] = EngineSilent) -> CloudError:
    """The error of an engine that has gone silent."""
    return kind("the Docker engine does not answer", hint="start Docker again, then repeat this")


def _usual_places() -> Iterator[str]:
    for path in (Path("/var/run/docker.sock"), Path.home() / ".docker/run/docker.sock"):
        try:
            if stat.S_ISSOCK(path.stat().st_mode):
                yield f"{_UNIX}{path}"
        except OSError:
            continue


def answers(url: str) -> bool:
    """Whether an engine is there."""
    if url.startswith(_UNIX):
        return _socket_answers(url.removeprefix(_UNIX))
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
