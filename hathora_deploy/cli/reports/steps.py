"""The steps of a deploy, each with its time and how it ended, as reports tell of them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hathora_deploy.api.redaction import without_secrets
from hathora_deploy.cli.errors import hint_of, message_of
from hathora_deploy.cli.terminal import harmless
from hathora_deploy.pipeline.errors import ArchiveError
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from hathora_deploy.api.builds import BuildV3
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.api.network import Region

_ORDER: Final = (
    *("before-packaging", "prepare", "wait", "package", "upload", "build"),
    *("after-build", "deploy", "verify", "after-deploy", "room"),
)
_ON_DEMAND: Final = ("wait", "verify", "room")
"""Those that a deploy comes by, and seldom has a reason to take."""
_TAIL: Final = 50
"""Lines of a log that a report quotes."""


@dataclass
class Step:
    """One step. It has failed if there is an ``error``, and was left out if there is a ``reason``."""

    name: str
    began: float | None = None
    ended: float | None = None
    is_taken: bool = True
    """Whether it does something; until that is known, False."""
    error: str = ""
    error_type: str = ""
    reason: str = ""
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL))

    @property
    def is_running(self) -> bool:
        return self.began is not None and self.ended is None

    @property
    def seconds(self) -> float:
        """What it took; 0 where it was left out."""
        return 0.0 if self.began is None or self.ended is None else self.ended - self.began


class StepLog(Reporter):
    """Hears of a deploy, and knows its steps: one runs at a time, but the upload beside the packaging.

    ``expected`` are those that it tells of in any case.

    What it keeps has no control characters, and none of the secrets that it has been told.
    """

    def __init__(self, expected: Sequence[str]) -> None:
        self._expected = expected
        self._lock = threading.RLock()
        self._steps: dict[str, Step] = {}
        self._secrets: set[Secret] = set()
        self._is_over = False
        self._reason = "it was not reached"
        """Why a step that is not known is left out."""
        self._latest = self._begin("prepare")

    def opened(self, step: Step) -> None:
        """A step does something."""

    def closed(self, step: Step) -> None:
        """It does so no more."""

    def cover(self, secrets: Iterable[Secret]) -> None:
        """These are in no text that it keeps from now on."""
        self._secrets.update(secrets)

    def steps(self) -> list[Step]:
        """All of them in their order, also those that were not reached."""
        with self._lock:
            unknown = {name: Step(name, reason=self._reason) for name in self._expected}
            known = unknown | self._steps
        return sorted(known.values(), key=lambda step: _ORDER.index(step.name))

    def succeed(self) -> None:
        """The deploy is done."""
        with self._lock:
            self._end_others()
            if not self._is_over:
                self._reason = "there was nothing to do"
            self._is_over = True

    def fail(self, error: BaseException) -> None:
        """What runs has failed; nothing has where the deploy is done."""
        with self._lock:
            if self._is_over:
                return
            packing = self._steps.get("package")
            # While one thread packs, another uploads, and has no part in a full disk.
            failed = packing if packing and isinstance(error, ArchiveError) else self._latest
            hint = hint_of(error)
            failed.is_taken = True
            failed.reason = ""
            failed.error_type = type(error).__name__
            failed.error = self.clean(
                (message_of(error) or failed.error_type) + (f"\nhint: {hint}" if hint else "")
            )
            for step in self._steps.values():
                if step.is_running and step is not failed:
                    step.reason = "it was not finished"
            self._end_others()
            self._is_over = True

    def clean(self, text: str) -> str:
        """Without what is secret, or moves the cursor of a terminal."""
        lines = [harmless(line, colours=False) for line in text.split("\n")]
        covered: str = without_secrets("\n".join(lines), self._secrets)
        return covered

    def received(self, secrets: Iterable[Secret]) -> None:
        self.cover(secrets)

    def step(self, name: str) -> None:
        self._begin("package" if name == "build" else name)

    def waiting(self, holder: str, age: timedelta) -> None:
        self._take("wait")
        self._quote(f"for the deploy of {holder}")

    def reused(self, build: BuildV3) -> None:
        with self._lock:
            self._end_others()
            for name in ("upload", "build"):
                self._steps.setdefault(name, Step(name, reason="there is a build of this content"))

    def packaging(self, folder: Path, revision: str, total_bytes: int) -> None:
        self._begin("package")

    def packed(self, files: int, context_bytes: int, archive_bytes: int) -> None:
        if self._latest.name == "package":
            self._begin("upload")
        else:
            self._end("package")

    def uploading(self, total_bytes: int | None) -> None:
        self._begin("upload", beside="package")

    def upload_complete(self, total_bytes: int, parts: int) -> None:
        self._begin("build")

    def building(self, build_id: str) -> None:
        self._begin("build")

    def build_line(self, line: str) -> None:
        self._quote(line)

    def built(self, build_id: str) -> None:
        self._end("build")

    def verifying(self, process_id: str, region: Region) -> None:
        self._take("verify")

    def room_starting(self, room_id: str, region: Region) -> None:
        self._take("room")

    def rolled_back(self, live: DeploymentV3, earlier: DeploymentV3) -> None:
        self._quote(f"rollback: {live.deployment_id}, as {earlier.deployment_id} was")

    def hook(self, point: str, name: str) -> None:
        self._begin(point)

    def hook_line(self, line: str) -> None:
        self._quote(line)

    def hook_succeeded(self, point: str) -> None:
        self._begin("prepare") if point == "before-packaging" else self._end(point)

    def warning(self, message: str) -> None:
        self._quote(f"warning: {message}")

    def undoing(self, what: str) -> None:
        self._quote(f"undo: {what}")

    def _begin(self, name: str, *, beside: str = "") -> Step:
        """A step begins, or goes on; those that run have ended, but for the one ``beside`` it."""
        with self._lock:
            self._end_others(name, beside)
            step = self._steps.get(name)
            is_running = step is not None and step.is_running
            if step is None or step.began is None:
                step = Step(name, began=time.monotonic(), is_taken=name not in _ON_DEMAND)
                self._steps[name] = step
            if step.is_taken and not is_running:
                self.opened(step)
            step.ended = None
            self._latest = step
            return step

    def _take(self, name: str) -> None:
        with self._lock:
            step = self._begin(name)
            if not step.is_taken:
                step.is_taken = True
                self.opened(step)

    def _end(self, name: str) -> None:
        with self._lock:
            step = self._steps.get(name)
            if step is None or not step.is_running:
                return
            step.ended = time.monotonic()
            if step.is_taken:
                self.closed(step)
            elif name in self._expected:
                step.reason = "nobody asked for it"
            else:
                del self._steps[name]

    def _end_others(self, *but: str) -> None:
        for name in list(self._steps):
            if name not in but:
                self._end(name)

    def _quote(self, text: str) -> None:
        with self._lock:
            self._latest.lines.extend(self.clean(text).split("\n"))
