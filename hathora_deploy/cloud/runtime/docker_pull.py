"""One pull of an image: its log as it comes, and only a tag of this cloud's own left in the engine."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import closing
from typing import TYPE_CHECKING, Final

import requests
import urllib3.exceptions

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed, CloudError
from hathora_deploy.cloud.runtime import cancellation
from hathora_deploy.cloud.runtime.borrowed_names import BorrowedNames
from hathora_deploy.cloud.runtime.docker_build import log_lines
from hathora_deploy.cloud.runtime.engine import hang_up, open_client, open_stream
from hathora_deploy.cloud.runtime.port import BuildLog, RegistryImage, RegistryLogin

if TYPE_CHECKING:
    from docker import DockerClient

_LOOK: Final = 0.1
_ATTEMPTS: Final = 3


def pull_image(
    engine: str,
    image: RegistryImage,
    *,
    tag: str,
    names: BorrowedNames,
    log: BuildLog,
    cancelled: threading.Event,
) -> None:
    """Pull an image and tag it. Raises BuildFailed, or BuildCancelled."""
    from docker.errors import APIError, DockerException

    pull = _Pull(engine, image, names=names, log=log, cancelled=cancelled)
    try:
        pull.until_tagged(tag)
    except BaseException as error:
        if cancelled.is_set():
            raise BuildCancelled("the build was cancelled") from error
        if isinstance(error, BuildFailed):
            raise BuildFailed(error.message, hint=_hint(image)) from error
        if isinstance(error, APIError):
            raise BuildFailed(_refusal(image, error.explanation), hint=_hint(image)) from error
        broken = (CloudError, requests.RequestException, urllib3.exceptions.HTTPError)
        if isinstance(error, broken):
            raise BuildFailed(
                "the Docker engine went away during the pull",
                hint="see that it runs, then try again",
            ) from error
        if isinstance(error, DockerException):  # its login cannot be read
            raise BuildFailed(_refusal(image, error), hint=_hint(image)) from error
        raise


def _refusal(image: RegistryImage, reason: object) -> str:
    return f"Docker cannot pull {image.reference}: {reason}"


def _hint(image: RegistryImage) -> str:
    login = (
        "with this auth"
        if image.login is not None
        else "without auth (see also `docker login` on the cloud's machine)"
    )
    return f"see that the registry answers, has the image, and gives it to whoever asks {login}"


class _Pull:
    def __init__(
        self,
        engine: str,
        image: RegistryImage,
        *,
        names: BorrowedNames,
        log: BuildLog,
        cancelled: threading.Event,
    ) -> None:
        self._names = names
        self._engine = engine
        self._image = image
        self._log = log
        self._cancelled = cancelled
        self._is_answered = threading.Event()

    def until_tagged(self, tag: str) -> None:
        """Work in a thread, and leave it alone when the build is cancelled before the registry
        answers: until then the engine cannot be interrupted, and it waits half a minute."""
        outcome: Future[None] = Future()
        thread = threading.Thread(target=self._run, args=(tag, outcome), name="pull", daemon=True)
        thread.start()
        while thread.is_alive():
            if self._cancelled.is_set() and not self._is_answered.is_set():
                raise BuildCancelled("the build was cancelled")
            thread.join(_LOOK)
        outcome.result()

    def _run(self, tag: str, outcome: Future[None]) -> None:
        try:
            for _ in range(_ATTEMPTS):
                if self._pull_once(tag):
                    break
            else:
                raise BuildFailed(
                    f"{self._image.reference} vanishes from the engine again and again"
                )
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            outcome.set_exception(error)
        else:
            outcome.set_result(None)

    def _pull_once(self, tag: str) -> bool:
        """False when another cloud that pulled the same has just taken the name away."""
        reference = self._image.reference
        if self._cancelled.is_set():
            raise BuildCancelled("the build was cancelled")
        with (
            closing(open_client(self._engine)) as client,
            self._names.borrowed(client, reference),
        ):
            self._pull()
            return _tag(client, reference, tag)

    def _pull(self) -> None:
        with (
            open_stream(self._engine) as (api, answers),
            cancellation.when(
                lambda: self._cancelled.is_set() and bool(answers), lambda: hang_up(answers[-1])
            ),
        ):
            events = api.pull(
                self._image.repository,
                tag=self._image.version,
                stream=True,
                decode=True,
                auth_config=_auth_config(self._image.login),
            )
            self._is_answered.set()
            for line in log_lines(events):
                if self._cancelled.is_set():
                    break
                self._log(line)
        if self._cancelled.is_set():
            raise BuildCancelled("the build was cancelled")


def _auth_config(login: RegistryLogin | None) -> dict[str, str] | None:
    if login is None:
        return None
    return {"username": login.user, "password": login.password.reveal()}


def _tag(client: DockerClient, reference: str, tag: str) -> bool:
    """Whether the image was still there to be tagged."""
    from docker.errors import ImageNotFound

    try:
        repository, _, version = tag.partition(":")
        return client.api.tag(reference, repository, version)
    except ImageNotFound:
        return False
