"""Makes checks beside each other: one that fails or hangs keeps no other from being made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.checks.finding import Finding

Found = Sequence[Finding]


@dataclass(frozen=True)
class Check:
    """A question, and what answers it."""

    about: str
    look: Callable[[], Finding | Found]


@dataclass(frozen=True)
class _Examination:
    check: Check
    outcome: SimpleQueue[Found] = field(default_factory=SimpleQueue)

    def begin(self) -> None:
        # A daemon: what hangs does not keep the program from its end.
        threading.Thread(target=self._run, daemon=True, name=f"check of {self.check.about}").start()

    def _run(self) -> None:
        self.outcome.put(_looked(self.check))


def examine(checks: Iterable[Check], *, timeout: float) -> Iterator[Finding]:
    """What the checks find, in their order; each has ``timeout`` seconds."""
    begun = [_Examination(check) for check in checks]
    deadline = time.monotonic() + timeout
    for examination in begun:
        examination.begin()
    for examination in begun:
        try:
            yield from examination.outcome.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            what = f"nothing was found out within {timeout:g} s"
            yield Finding.problem(
                examination.check.about, what, "hathora-deploy doctor --timeout 60"
            )


def _looked(check: Check) -> Found:
    try:
        found = check.look()
    except HathoraError as error:
        return [Finding.of_error(check.about, error)]
    except Exception as error:  # noqa: BLE001  # of a defect in one check, the others are not to suffer
        return [Finding.problem(check.about, f"the check failed: {type(error).__name__}: {error}")]
    return [found] if isinstance(found, Finding) else found
