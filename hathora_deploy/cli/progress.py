"""A deploy as people follow it: calm lines in a log, bars on a terminal. All on stderr."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from hathora_deploy.cli.output import Output, is_terminal
from hathora_deploy.cli.signals import hear_no_more
from hathora_deploy.cli.text import short_tag, size

if TYPE_CHECKING:
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.api.network import ExposedPort, Region

CALM: Final = 10.0
"""Seconds between two lines about the same stage."""
BAR_DELAY: Final = 0.2
"""Seconds that a stage lasts before it gets a bar."""


def reporter(output: Output) -> LineReporter:
    """The one that suits stderr."""
    return BarReporter(output) if is_terminal(sys.stderr) else LineReporter(output)


class LineReporter:
    """One line per stage, and one now and then while an upload lasts."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._lock = threading.Lock()
        self._what = ""
        self._done = self._total = self._parts = 0
        self._spoke = 0.0

    def packaging(self, folder: Path, revision: str, total_bytes: int) -> None:
        self._what = f"{folder}  ·  {{}}  ·  {revision}"
        self._begin("package", total_bytes)

    def packing(self, delta_bytes: int) -> None:
        self._advance("package", delta_bytes)

    def packed(self, files: int, context_bytes: int, archive_bytes: int) -> None:
        self._stage("package", self._what.format(f"{files:,} files, {size(context_bytes)}"))

    def uploading(self, total_bytes: int, parts: int) -> None:
        self._parts = parts
        self._begin("upload", total_bytes)

    def uploaded(self, delta_bytes: int) -> None:
        self._advance("upload", delta_bytes)

    def upload_complete(self) -> None:
        total = size(self._total)
        parts = f"{self._parts} part{'s' if self._parts != 1 else ''}"
        self._stage("upload", f"{total} of {total} · {parts}")

    def building(self, build_id: str) -> None:
        self._stage("build", build_id)

    def build_line(self, line: str) -> None:
        self._output.say(f"            {line}")

    def built(self, build_id: str) -> None:
        pass  # the next stage says so

    def deployed(self, deployment: DeploymentV3) -> None:
        tag = deployment.deployment_tag
        tagged = f"  tagged {short_tag(tag)}" if tag else ""
        self._stage("deploy", deployment.deployment_id + tagged)

    def room_starting(self, room_id: str, region: Region) -> None:
        self._stage("room", f"{room_id} starts in {region}")

    def room_running(self, room_id: str, region: Region, address: ExposedPort) -> None:
        # An interrupt would now keep the result from being told, and the room running.
        hear_no_more()

    def warning(self, message: str) -> None:
        self._stage("warning", message)

    def undoing(self, what: str) -> None:
        self._stage("undo", what)

    def close(self) -> None:
        """Leave the terminal as it was found."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, name: str, total_bytes: int) -> None:
        self._done, self._total, self._spoke = 0, total_bytes, time.monotonic()

    def _advance(self, name: str, delta_bytes: int) -> None:
        with self._lock:
            self._done += delta_bytes
            if time.monotonic() - self._spoke < CALM:
                return
            self._spoke = time.monotonic()
            self._stage(name, f"{size(self._done)} of {size(self._total)}")

    def _stage(self, name: str, what: str) -> None:
        self._output.say(f"  {name:<8}  {what}")


class BarReporter(LineReporter):
    """The same stages, with a bar where one can wait."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._bar: Any = None

    def room_starting(self, room_id: str, region: Region) -> None:
        self._waiting("room", f"{room_id} starts in {region}")

    def close(self) -> None:
        with self._lock:
            if self._bar is not None:
                self._bar.close()
                self._bar = None

    def room_running(self, room_id: str, region: Region, address: ExposedPort) -> None:
        super().room_running(room_id, region, address)
        self.close()

    def _begin(self, name: str, total_bytes: int) -> None:
        from tqdm import tqdm

        super()._begin(name, total_bytes)
        self.close()
        self._bar = tqdm(
            total=total_bytes,
            unit="iB",
            delay=BAR_DELAY,
            unit_scale=True,
            unit_divisor=1024,
            leave=False,
            file=sys.stderr,
            dynamic_ncols=True,
            bar_format=f"  {name:<8}  {{bar}} {{n_fmt}}iB of {{total_fmt}}iB · {{rate_fmt}} · {{remaining}}",
        )

    def _advance(self, name: str, delta_bytes: int) -> None:
        with self._lock:
            if self._bar is not None:
                self._bar.update(delta_bytes)

    def _stage(self, name: str, what: str) -> None:
        self.close()
        super()._stage(name, what)

    def _waiting(self, name: str, what: str) -> None:
        """A line that the next one takes the place of."""
        from tqdm import tqdm

        self.close()
        self._bar = tqdm(
            total=0, leave=False, file=sys.stderr, bar_format=f"  {name:<8}  {{desc}} …", desc=what
        )
