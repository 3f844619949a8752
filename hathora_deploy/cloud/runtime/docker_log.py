"""Copies the output of a container into a file, byte for byte, and goes on where the file ends.

The engine keeps the output from its first byte on, in its ``local`` log without rotation
(``json-file`` would spoil bytes that are no UTF-8). So the file's length says how much of it has
been copied, also after the cloud was restarted. A last line without an end is given one.
"""

from __future__ import annotations

import threading
from pathlib import Path

import requests
import urllib3.exceptions

from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.runtime.engine import open_stream


class LogCopy:
    """A thread that copies until the container ends."""

    def __init__(self, engine: str, container: str, file: Path) -> None:
        self._engine = engine
        self._container = container
        self.file = file
        self.is_whole = False
        """Whether it has come to its end, and not to a trouble."""
        self._thread = threading.Thread(
            target=self._run, name=f"log of {container[:12]}", daemon=True
        )
        self._thread.start()

    def is_running(self) -> bool:
        return self._thread.is_alive()

    def finish(self, timeout: float) -> None:
        """Wait until all is copied; the container has ended."""
        self._thread.join(timeout)

    def _run(self) -> None:
        from docker.errors import DockerException

        try:
            self._copy(follow=True)
            # Following can end before the last lines are read; they are in the log by now.
            self._copy(follow=False)
            self.is_whole = True
        except (
            CloudError,
            DockerException,
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        ):
            return  # the engine went away, or the disk is full: the next look starts another copy

    def _copy(self, *, follow: bool) -> None:
        with open_stream(self._engine) as (api, _), self.file.open("ab", buffering=0) as file:
            known = file.tell()
            for piece in api.logs(self._container, stream=True, follow=follow):
                file.write(piece[known:])
                known = max(0, known - len(piece))
