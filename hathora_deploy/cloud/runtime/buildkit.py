"""One build by BuildKit, through the docker command line, which alone speaks its protocol."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import requests

from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed, CloudError
from hathora_deploy.cloud.runtime import cancellation
from hathora_deploy.cloud.runtime.buildkit_log import BuildKitLog
from hathora_deploy.cloud.runtime.buildkit_need import needs_buildkit
from hathora_deploy.cloud.runtime.engine import answers, open_client
from hathora_deploy.cloud.runtime.port import BuildLog

_LONGEST_LINE: Final = 1 << 16


class BuildKit:
    """Builds with a docker command line that has BuildKit. What it caches, the engine keeps."""

    def __init__(self, program: Path) -> None:
        self._program = program

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
        if cancelled.is_set():
            raise BuildCancelled("the build was cancelled")
        marks = [word for label in labels.items() for word in ("--label", "=".join(label))]
        command = [str(self._program), "build", "--progress=plain", "--tag", tag, *marks, "-"]
        calm = BuildKitLog()
        try:
            with (
                archive.path.open("rb") as context,
                _running(command, engine, context) as child,
                cancellation.when(cancelled.is_set, lambda: _kill(child)),
            ):
                for line in _lines(child):
                    for shown in calm.read(line):
                        log(shown)
                code = child.wait()
            if cancelled.is_set():
                raise BuildCancelled("the build was cancelled")
            if code != 0:
                raise _failure(calm, code, engine, archive)
            for shown in calm.rest():
                log(shown)
        except BaseException:
            _remove(engine, tag)
            raise


@contextmanager
def _running(
    command: list[str], engine: str, context: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    try:
        child = subprocess.Popen(  # noqa: S603 - the user's own docker
            command,
            env={
                **os.environ,
                "DOCKER_HOST": engine,
                "DOCKER_BUILDKIT": "1",
                # Another builder that the user has chosen would not leave the image in the engine.
                "BUILDX_BUILDER": "default",
            },
            stdin=context,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise BuildFailed(
            f"{command[0]} cannot be started: {error.strerror}", hint="see that Docker is installed"
        ) from error
    with child:
        try:
            yield child
        finally:
            _kill(child)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the program and its plugins. The engine ends a build when its caller hangs up; asked by
    SIGTERM, the command line (20.10) would wait for the step that runs, and the step with it."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _lines(child: subprocess.Popen[bytes]) -> Iterator[str]:
    assert child.stdout is not None
    while line := child.stdout.readline(_LONGEST_LINE):
        yield line.decode(errors="replace").rstrip("\r\n")


def _failure(log: BuildKitLog, code: int, engine: str, archive: InspectedArchive) -> BuildFailed:
    if not answers(engine):
        return BuildFailed(
            "the Docker engine went away during the build", hint="see that it runs, then try again"
        )
    hint = "the lines above say why; `docker build .` repeats it"
    if (need := needs_buildkit(archive.dockerfile)) is not None:
        hint += (
            f"; for {need}, an engine before 23 may want `# syntax=docker/dockerfile:1` as line 1"
        )
    return BuildFailed(log.failure() or f"docker build ended with code {code}", hint=hint)


def _remove(engine: str, tag: str) -> None:
    """Remove the image of a build that was ended while it was being named."""
    from docker.errors import DockerException

    with (
        suppress(CloudError, DockerException, requests.RequestException),
        closing(open_client(engine)) as client,
    ):
        client.images.remove(tag, force=True)
