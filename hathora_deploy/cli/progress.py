"""A deploy as people follow it: calm lines in a log, bars on a terminal. All on stderr."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from hathora_deploy.cli.output import Output, is_terminal
from hathora_deploy.cli.signals import hear_no_more
from hathora_deploy.cli.silence import FIRST, Silence
from hathora_deploy.cli.text import ago, moment, short_tag, size
from hathora_deploy.pipeline.progress import Reporter

if TYPE_CHECKING:
    from hathora_deploy.api.builds import BuildV3
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.api.network import ExposedPort, Region
    from hathora_deploy.pipeline.verification import Verified

CALM: Final = 10.0
"""Seconds between two lines about the same stage."""
_SILENT: Final = "silent"
"""The name of the line of a stage that has no news."""
BAR_DELAY: Final = 0.2
"""Seconds that a stage lasts before it gets a bar."""


def reporter(output: Output) -> LineReporter:
    """That of the output, or else the one that suits stderr."""
    own = output.own_reporter()
    if own is not None:
        return own
    return BarReporter(output) if is_terminal(sys.stderr) else LineReporter(output)


class LineReporter(Reporter):
    """One line per stage, and one now and then while an upload lasts, or a stage without news."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._lock = threading.Lock()
        self._what = ""
        self._stages: dict[str, _Stage] = {}
        self._present = "prepare"
        """The stage that a silence is one of."""
        self._silence = Silence(self._tell_silence, tick=self._tick)

    def waiting(self, holder: str, age: timedelta) -> None:
        self._stage("waiting", f"for the deploy of {holder} (began {ago(age)})")

    def reading(self, folder: Path, revision: str, files: int, total_bytes: int) -> None:
        self._what = f"{folder}  ·  {files:,} files, {size(total_bytes)}  ·  {revision}"
        self._begin("read", total_bytes)

    def read(self, delta_bytes: int) -> None:
        self._advance("read", delta_bytes)

    def reused(self, build: BuildV3) -> None:
        tagged = f"  tagged {short_tag(build.build_tag)}" if build.build_tag else ""
        self._stage("reuse", self._what)
        self._stage("build", f"{build.build_id}{tagged}, made {moment(build.created_at)}")

    def packaging(self, folder: Path, revision: str, total_bytes: int) -> None:
        self._what = f"{folder}  ·  {{}}  ·  {revision}"
        self._begin("package", total_bytes)

    def packing(self, delta_bytes: int) -> None:
        self._advance("package", delta_bytes)

    def packed(self, files: int, context_bytes: int, archive_bytes: int) -> None:
        self._resize("upload", archive_bytes)
        self._stage("package", self._what.format(f"{files:,} files, {size(context_bytes)}"))

    def uploading(self, total_bytes: int | None) -> None:
        self._begin("upload", total_bytes)

    def uploaded(self, delta_bytes: int) -> None:
        self._advance("upload", delta_bytes)

    def upload_complete(self, total_bytes: int, parts: int) -> None:
        total = size(total_bytes)
        counted = f"{parts} part{'s' if parts != 1 else ''}"
        self._stage("upload", f"{total} of {total} · {counted}")

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
        self._stage("verify", _answer(seconds, stay))

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


class BarReporter(LineReporter):
    """The same stages, with a bar where one can wait; an archive may be packed and uploaded at once."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._bars: dict[str, Any] = {}
        self._screen = threading.RLock()

    def verifying(self, process_id: str, region: Region) -> None:
        self._waiting("verify", f"process {process_id} starts in {region}")

    def answered(self, seconds: float, stay: float) -> None:
        self._waiting("verify", _answer(seconds, stay))

    def verified(self, verified: Verified) -> None:
        self.close()
        super().verified(verified)

    def room_starting(self, room_id: str, region: Region) -> None:
        self._waiting("room", f"{room_id} starts in {region}")

    def close(self) -> None:
        with self._screen:
            for name in list(self._bars):
                self._bars.pop(name).close()

    def room_running(self, room_id: str, region: Region, address: ExposedPort) -> None:
        super().room_running(room_id, region, address)
        self.close()

    def _begin(self, name: str, total_bytes: int | None) -> None:
        from tqdm import tqdm

        super()._begin(name, total_bytes)
        with self._screen:
            self._end(name)
            self._bars[name] = tqdm(
                total=total_bytes,
                unit="iB",
                delay=BAR_DELAY,
                unit_scale=True,
                unit_divisor=1024,
                leave=False,
                file=sys.stderr,
                dynamic_ncols=True,
                position=len(self._bars),
                bar_format=_BAR if total_bytes is not None else _GROWING,
                desc=f"  {name:<8}",
            )

    def _resize(self, name: str, total_bytes: int) -> None:
        super()._resize(name, total_bytes)
        with self._screen:
            if name in self._bars:
                self._bars[name].total = total_bytes
                self._bars[name].bar_format = _BAR

    def _advance(self, name: str, delta_bytes: int) -> None:
        self._silence.news()
        with self._screen:
            if name in self._bars:
                self._bars[name].update(delta_bytes)

    def _stage(self, name: str, what: str) -> None:
        with self._screen:
            self._end(name)
            self._end(_SILENT)
            super()._stage(name, what)

    def _end(self, name: str) -> None:
        bar = self._bars.pop(name, None)
        if bar is not None:
            bar.close()

    def _waiting(self, name: str, what: str) -> None:
        """A line that the next one takes the place of."""
        with self._screen:
            self.close()
            self._present = name
            self._silence.news()
            self._bars[name] = self._line(name, what)

    def _line(self, name: str, what: str) -> Any:
        from tqdm import tqdm

        return tqdm(
            total=0,
            leave=False,
            file=sys.stderr,
            position=len(self._bars),
            bar_format=f"  {name:<8}  {{desc}} … {{elapsed}}",
            desc=what,
        )

    def _tell_silence(self, seconds: float) -> None:
        pass  # it has a line that moves

    def _tick(self, seconds: float) -> None:
        with self._screen:
            if seconds < FIRST:
                self._end(_SILENT)
            elif not any(bar.total == 0 for bar in self._bars.values()):
                self._bars[_SILENT] = self._line(self._present, "goes on, without news")
            for bar in self._bars.values():
                if bar.total == 0:
                    bar.refresh()


def _answer(seconds: float, stay: float) -> str:
    return f"it has answered after {seconds:.1f} s, and is to stay up for {stay:g} s"


_BAR: Final = "{desc}  {bar} {n_fmt}iB of {total_fmt}iB · {rate_fmt} · {remaining}"
_GROWING: Final = "{desc}  {n_fmt}iB · {rate_fmt}"
