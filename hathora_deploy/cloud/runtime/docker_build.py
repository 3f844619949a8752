"""One build by the engine's builder of old: its log as it comes, and nothing left when it fails."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests
import urllib3.exceptions

from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed, CloudError
from hathora_deploy.cloud.runtime import cancellation
from hathora_deploy.cloud.runtime.buildkit_need import needs_buildkit
from hathora_deploy.cloud.runtime.engine import hang_up, open_client, open_stream
from hathora_deploy.cloud.runtime.port import BuildLog

if TYPE_CHECKING:
    from docker import APIClient

_COLOUR: Final = re.compile(r"\x1b\[\d*m")
_STEP: Final = re.compile(r"Step \d+/\d+ : (?P<keyword>\w+)")
_IMAGE: Final = re.compile(r" ---> (?P<id>[0-9a-f]{12})")
_CONTAINER: Final = re.compile(r" ---> Running in (?P<id>[0-9a-f]{12})")
_WATCH: Final = 0.1
_REMOVAL: Final = 10.0
"""Seconds a container may take to go."""


class EngineBuilder:
    """Builds through the API of an engine; what needs BuildKit fails."""

    def build_image(
        self,
        engine: str,
        archive: InspectedArchive,
        *,
        tag: str,
        labels: dict[str, str],
        log: BuildLog,
        cancelled: threading.Event,
    ) -> None:
        """Build an archive into a tagged image. Raises BuildFailed, or BuildCancelled."""
        from docker.errors import APIError, DockerException

        traces = Traces()
        try:
            with (
                open_stream(engine) as (api, answers),
                _Context(archive.path, cancelled) as context,
                cancellation.when(
                    lambda: cancelled.is_set() and bool(answers), lambda: hang_up(answers[-1])
                ),
            ):
                events = api.build(
                    fileobj=context,
                    custom_context=True,
                    encoding="gzip",
                    rm=True,
                    forcerm=True,
                    tag=tag,
                    labels=labels,
                    decode=True,
                )
                for line in log_lines(events):
                    traces.read(line)
                    log(line)
            if cancelled.is_set():
                raise BuildCancelled("the build was cancelled")
        except BaseException as error:
            traces.remove(engine)
            if cancelled.is_set():
                raise BuildCancelled("the build was cancelled") from error
            if isinstance(error, BuildFailed):
                raise BuildFailed(error.message, hint=_hint(archive)) from error
            if isinstance(error, APIError):
                message = f"Docker refused the build: {error.explanation or error}"
                raise BuildFailed(message, hint=_hint(archive)) from error
            broken = (CloudError, DockerException, requests.RequestException)
            if isinstance(error, (*broken, urllib3.exceptions.HTTPError)):
                raise BuildFailed(
                    "the Docker engine went away during the build",
                    hint="see that it runs, then try again",
                ) from error
            raise


def _hint(archive: InspectedArchive) -> str:
    if (need := needs_buildkit(archive.dockerfile)) is not None:
        return (
            f"{need} needs BuildKit: install docker's buildx plugin, start the cloud again, deploy"
        )
    return "the lines above say why; `DOCKER_BUILDKIT=0 docker build .` repeats it"


def log_lines(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of a build's log. Raises BuildFailed when the engine reports an error."""
    unfinished = ""
    for event in events:
        if "error" in event:
            if unfinished:
                yield unfinished
            raise BuildFailed(_COLOUR.sub("", str(event["error"])).strip())
        if "stream" in event:
            *lines, unfinished = (unfinished + _COLOUR.sub("", event["stream"])).split("\n")
            yield from (line.removesuffix("\r") for line in lines)
        elif "status" in event and "progress" not in event:
            name = f"{event['id']}: " if "id" in event else ""
            yield f"{name}{event['status']}"
    if unfinished:
        yield unfinished


class Traces:
    """What a build has made so far, told from its log: the engine labels only the last image."""

    def __init__(self) -> None:
        self.images: list[str] = []
        self.containers: list[str] = []
        self._is_new = False

    def read(self, line: str) -> None:
        """Take in a line of the log."""
        if step := _STEP.match(line):
            self._is_new = step["keyword"].upper() != "FROM"
        elif line == " ---> Using cache":
            self._is_new = False
        elif container := _CONTAINER.fullmatch(line):
            self.containers.append(container["id"])
        elif self._is_new and (image := _IMAGE.fullmatch(line)):
            self.images.append(image["id"])

    def remove(self, engine: str) -> None:
        """Remove it all, the last image first; one that another build uses by now stays."""
        from docker.errors import DockerException

        with (
            suppress(CloudError, DockerException, requests.RequestException),
            closing(open_client(engine)) as client,
        ):
            for container in self.containers:
                _remove_container(client.api, container)
            for image in reversed(self.images):
                with suppress(DockerException):
                    client.api.remove_image(image, noprune=True)


def _remove_container(api: APIClient, container: str) -> None:
    """Remove a container for sure: its image cannot go before it, and the engine may be at it too."""
    from docker.errors import APIError, NotFound

    deadline = time.monotonic() + _REMOVAL
    while time.monotonic() < deadline:
        try:
            api.remove_container(container, force=True, v=True)
        except NotFound:
            return
        except APIError:
            time.sleep(_WATCH)


class _Context(io.FileIO):
    """An archive on its way to the engine; reading it fails once the build is cancelled."""

    def __init__(self, archive: Path, cancelled: threading.Event) -> None:
        super().__init__(archive, "rb")
        self._cancelled = cancelled

    def read(self, size: int | None = -1, /) -> bytes:
        if self._cancelled.is_set():
            raise BuildCancelled("the build was cancelled while its archive was sent")
        return super().read(-1 if size is None else size) or b""
