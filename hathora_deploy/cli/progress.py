"""A deploy as people follow it in a log: calm lines, on stderr."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from hathora_deploy.cli.output import Output, is_terminal
from hathora_deploy.cli.signals import hear_no_more
from hathora_deploy.cli.silence import Silence
from hathora_deploy.cli.text import ago, counted, moment, short_tag, size
from hathora_deploy.pipeline.progress import Reporter

if TYPE_CHECKING:
    from hathora_deploy.api.builds import BuildV3
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.api.network import ExposedPort, Region
    from hathora_deploy.pipeline.verification import Verified

CALM: Final = 10.0
"""Seconds between two lines about the same stage."""


def reporter(output: Output) -> LineReporter:
    """That of the output, or else the one that suits stderr."""
    own = output.own_reporter()
    if own is not None:
        return own
    if not is_terminal(sys.stderr):
        return LineReporter(output)
    from hathora_deploy.cli.bars import BarReporter

    return BarReporter(output)


class LineReporter(Reporter):
    """One line per stage, and one now and then while an upload lasts, or a stage without news."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._lock = threading.Lock()
        self._place = self._revision = self._what = ""
        self._stages: dict[str, _Stage] = {}
        self._present = "prepare"
        """The stage that a silence is one of."""
        self._silence = Silence(self._tell_silence, tick=self._tick)

    def waiting(self, holder: str, age: timedelta) -> None:
        self._stage("waiting", f"for the deploy of {holder} (began {ago(age)})")

    def reading(self, folder: Path, revision: str, files: int, total_bytes: int) -> None:
        self._place, self._revision = str(folder), revision
        self._what = self._content(files, total_bytes)
        self._begin("read", total_bytes)

    def read(self, delta_bytes: int) -> None:
        self._advance("read", delta_bytes)

    def reused(self, build: BuildV3) -> None:
        tagged = f"  tagged {short_tag(build.build_tag)}" if build.build_tag else ""
        self._stage("reuse", self._what)
        self._stage("build", f"{build.build_id}{tagged}, made {moment(build.created_at)}")

    def packaging(self, folder: Path, revision: str, total_bytes: int) -> None:
        self._place, self._revision = str(folder), revision
        self._begin("package", total_bytes)

    def packing(self, delta_bytes: int) -> None:
        self._advance("package", delta_bytes)

    def packed(self, files: int, context_bytes: int, archive_bytes: int) -> None:
        self._resize("upload", archive_bytes)
        self._stage("package", self._content(files, context_bytes))

    def uploading(self, total_bytes: int | None) -> None:
        self._begin("upload", total_bytes)

    def uploaded(self, delta_bytes: int) -> None:
        self._advance("upload", delta_bytes)

    def upload_complete(self, total_bytes: int, parts: int) -> None:
        total = size(total_bytes)
        self._stage("upload", f"{total} of {total} · {counted(parts, 'part')}")

    def building(self, build_id: str) -> None:
        self._stage("build", build_id)

    def build_line(self, line: str) -> None:
        self._silence.news()
        self._output.say(f"            {line}")

    def built(self, build_id: str) -> None:
        pass  # the next stage says so

    def deployed(self, deployment: DeploymentV3) -> None:
        tag = deployment.deployment_tag
        tagged = f"  tagged {short_tag(tag)}" if tag else ""
        self._stage("deploy", deployment.deployment_id + tagged)

    def verifying(self, process_id: str, region: Region) -> None:
        self._stage("verify", f"process {process_id} starts in {region}")

    def answered(self, seconds: float, stay: float) -> None:
        self._stage("verify", answer(seconds, stay))
        self._silence.news(until_next=stay)

    def verified(self, verified: Verified) -> None:
        self._stage("verified", f"{', '.join(map(str, verified.probes))} in {verified.region}")

    def room_starting(self, room_id: str, region: Region) -> None:
        self._stage("room", f"{room_id} starts in {region}")

    def room_running(self, room_id: str, region: Region, address: ExposedPort) -> None:
        # An interrupt would now keep the result from being told, and the room running.
        hear_no_more()

    def rolled_back(self, live: DeploymentV3, earlier: DeploymentV3) -> None:
        tag = f"  tagged {short_tag(earlier.deployment_tag)}" if earlier.deployment_tag else ""
        self._stage("rollback", f"{live.deployment_id}, as {earlier.deployment_id} was{tag}")

    def hook(self, point: str, name: str) -> None:
        self._stage("hook", f"{point}: {name}")

    def hook_line(self, line: str) -> None:
        self._silence.news()
        self._output.say(f"            {line}")

    def warning(self, message: str) -> None:
        self._stage("warning", message)

    def undoing(self, what: str) -> None:
        self._stage("undo", what)

    def close(self) -> None:
        """Leave the terminal as it was found."""

    def __enter__(self) -> Self:
        self._silence.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._silence.__exit__(*error)
        self.close()

    def _content(self, files: int, total_bytes: int) -> str:
        """What is deployed: from where, how much, and which state of it."""
        amount = f"{counted(files, 'file')}, {size(total_bytes)}"
        return f"{self._place}  ·  {amount}  ·  {self._revision}"

    def _tell_silence(self, seconds: float) -> None:
        self._output.say(f"  {self._present:<8}  no news for {seconds:.0f} s")

    def _tick(self, seconds: float) -> None:
        pass  # a log shows nothing that moves

    def _begin(self, name: str, total_bytes: int | None) -> None:
        self._present = name
        self._silence.news()
        with self._lock:
            self._stages[name] = _Stage(total_bytes, spoke=time.monotonic())

    def _resize(self, name: str, total_bytes: int) -> None:
        """The total of a stage that began before it was known."""
        with self._lock:
            if name in self._stages:
                self._stages[name].total = total_bytes

    def _advance(self, name: str, delta_bytes: int) -> None:
        self._silence.news()
        with self._lock:
            stage = self._stages[name]
            stage.done += delta_bytes
            if time.monotonic() - stage.spoke < CALM:
                return
            stage.spoke = time.monotonic()
            total = "" if stage.total is None else f" of {size(stage.total)}"
            self._stage(name, f"{size(stage.done)}{total}")

    def _stage(self, name: str, what: str) -> None:
        self._present = name if name != "warning" else self._present
        self._silence.news()
        self._output.say(f"  {name:<8}  {what}")


@dataclass
class _Stage:
    """How far a stage has come; ``spoke`` is when that was last told."""

    total: int | None
    spoke: float
    done: int = 0


def answer(seconds: float, stay: float) -> str:
    """What a process has shown, and has yet to show."""
    return f"it has answered after {seconds:.1f} s, and is to stay up for {stay:g} s"
