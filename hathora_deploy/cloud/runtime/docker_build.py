"""One build by a Docker engine: its log as it comes, and nothing left when it fails."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests
import urllib3.exceptions

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed
from hathora_deploy.cloud.runtime.port import BuildLog

if TYPE_CHECKING:
    from docker import APIClient

_COLOUR: Final = re.compile(r"\x1b\[\d*m")
_STEP: Final = re.compile(r"Step \d+/\d+ : (?P<keyword>\w+)")
_IMAGE: Final = re.compile(r" ---> (?P<image>[0-9a-f]{12})")
_WATCH: Final = 0.1


def build_image(
    api: APIClient,
    archive: Path,
    *,
    tag: str,
    labels: dict[str, str],
    log: BuildLog,
    cancelled: threading.Event,
) -> None:
    """Build an archive into a tagged image; ``api`` serves this build only.

    Raises BuildFailed, or BuildCancelled.
    """
    from docker.errors import APIError, DockerException

    made = MadeImages()
    try:
        with _Context(archive, cancelled) as context, _cut_when(cancelled, api):
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
                made.read(line)
                log(line)
    except BaseException as error:
        made.remove(api)
        if cancelled.is_set():
            raise BuildCancelled("the build was cancelled") from error
        if isinstance(error, APIError):
            raise BuildFailed(f"Docker refused the build: {error.explanation or error}") from error
        broken = (DockerException, requests.RequestException, urllib3.exceptions.HTTPError)
        if isinstance(error, broken):
            raise BuildFailed(
                "the Docker engine went away during the build",
                hint="see that it runs, then try again",
            ) from error
        raise
    if cancelled.is_set():
        with suppress(APIError):
            api.remove_image(tag, force=True)
        raise BuildCancelled("the build was cancelled")


def log_lines(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of a build's log. Raises BuildFailed when the engine reports an error."""
    unfinished = ""
    for event in events:
        if "error" in event:
            if unfinished:
                yield unfinished
            raise BuildFailed(
                _COLOUR.sub("", str(event["error"])).strip(),
                hint="the lines above say why; `docker build .` in the folder repeats the build",
            )
        if "stream" in event:
            *lines, unfinished = (unfinished + _COLOUR.sub("", event["stream"])).split("\n")
            yield from (line.removesuffix("\r") for line in lines)
        elif "status" in event and "progress" not in event:
            name = f"{event['id']}: " if "id" in event else ""
            yield f"{name}{event['status']}"
    if unfinished:
        yield unfinished


class MadeImages:
    """The images that a build has made so far, told from its log: the engine labels only the last."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._is_new = False

    def read(self, line: str) -> None:
        """Take in a line of the log."""
        if step := _STEP.match(line):
            self._is_new = step["keyword"].upper() != "FROM"
        elif line == " ---> Using cache":
            self._is_new = False
        elif self._is_new and (image := _IMAGE.fullmatch(line)):
            self.ids.append(image["image"])

    def remove(self, api: APIClient) -> None:
        """Remove them, the last first; one that another build uses by now stays."""
        from docker.errors import DockerException

        for image in reversed(self.ids):
            with suppress(DockerException, requests.RequestException):
                api.remove_image(image, noprune=True)


class _Context(io.FileIO):
    """An archive on its way to the engine; reading it fails once the build is cancelled."""

    def __init__(self, archive: Path, cancelled: threading.Event) -> None:
        super().__init__(archive, "rb")
        self._cancelled = cancelled

    def read(self, size: int | None = -1, /) -> bytes:
        if self._cancelled.is_set():
            raise BuildCancelled("the build was cancelled while its archive was sent")
        return super().read(-1 if size is None else size) or b""


@contextmanager
def _cut_when(cancelled: threading.Event, api: APIClient) -> Iterator[None]:
    """Hang up on the engine when the build is cancelled: that is how it learns of it."""
    answers: list[requests.Response] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_WATCH):
            if cancelled.is_set() and answers:
                answers[0].raw.shutdown()
                return

    def note(answer: requests.Response, *_: Any, **__: Any) -> None:
        answers.append(answer)

    api.hooks["response"].append(note)
    watcher = threading.Thread(target=watch, name="build cancellation", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        api.hooks["response"].remove(note)
        for answer in answers:
            answer.close()
