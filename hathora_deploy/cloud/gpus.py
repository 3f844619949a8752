"""What programs of this machine use of its NVIDIA cards: ``nvidia-smi`` tells it of all at once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.machine import this_machine

Row = tuple[int, "GpuUse"]
"""The number of a program, and what it uses of one card."""

_EVERY: Final = ("nvidia-smi", "pmon", "-c", "1", "-s", "um")
"""Of those that compute and those that draw."""
_COMPUTING: Final = (
    "nvidia-smi",
    "--query-compute-apps=pid,used_gpu_memory",
    "--format=csv,noheader,nounits",
)
"""Also of those on a slice of a card, of which the other says nothing."""
_PATIENCE: Final = 3.0
_MIB: Final = 1 << 20
_NAMESPACE: Final = Path("/proc/self/ns/pid")
_OUTERMOST: Final = 0xEFFFFFFC
"""Linux gives this number to no other namespace of programs."""


@dataclass(frozen=True)
class GpuUse:
    """What is used of cards; None for what cannot be told."""

    memory: int | None = None
    """Bytes."""
    utilization: float | None = None
    """Cards: 0.5 is half of one."""


class Gpus:
    """The cards of this machine. Who asks waits about ``patience`` seconds at the most."""

    def __init__(self, *, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._stuck: subprocess.Popen[str] | None = None
        """A driver that hangs holds on to who asks it, killed or not."""

    def uses(self) -> Mapping[int, GpuUse]:
        """By the number of the program; empty without a card. Raises CloudError when nobody tells."""
        if not this_machine().gpus or not _knows_numbers():
            return {}
        if self._stuck is not None and self._stuck.poll() is None:
            raise CloudError("nvidia-smi was killed, and does not end")
        deadline = time.monotonic() + self._patience
        every, computing = self._ask(_EVERY, deadline), self._ask(_COMPUTING, deadline)
        if every is None and computing is None:
            raise CloudError("nvidia-smi fails, or takes too long")
        return told(every or "", computing or "")

    def _ask(self, question: tuple[str, ...], deadline: float) -> str | None:
        """None when it fails, or takes too long."""
        patience = deadline - time.monotonic()
        if patience <= 0:
            return None
        try:
            asked = subprocess.Popen(  # noqa: S603 - the driver's own program
                question,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise CloudError(f"nvidia-smi does not start: {error.strerror}") from None
        try:
            answer, _ = asked.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            self._give_up(asked)
            return None
        return None if asked.returncode else answer

    def _give_up(self, asked: subprocess.Popen[str]) -> None:
        asked.kill()
        assert asked.stdout is not None  # it was asked for
        asked.stdout.close()
        try:
            asked.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._stuck = asked


def told(every: str, computing: str) -> dict[int, GpuUse]:
    """By the number of the program, from the answers to both questions."""
    found, more = _by_program(_monitored(every)), _by_program(_computed(computing))
    for pid, use in more.items():
        known = found.get(pid, GpuUse())
        if known.memory is None:
            found[pid] = replace(known, memory=use.memory)
    return found


def total(uses: Iterable[GpuUse]) -> GpuUse:
    """Of several together."""
    uses = list(uses)
    memory = [use.memory for use in uses if use.memory is not None]
    utilization = [use.utilization for use in uses if use.utilization is not None]
    return GpuUse(sum(memory) if memory else None, sum(utilization) if utilization else None)


def _monitored(table: str) -> Iterator[Row]:
    """It names its columns: drivers have different ones."""
    columns: list[str] = []
    for line in table.splitlines():
        words = line.split()
        if words[:3] == ["#", "gpu", "pid"]:
            columns = words[1:]
        row = dict(zip(columns, words, strict=False))
        pid, percent, memory = (_number(row.get(name, "")) for name in ("pid", "sm", "fb"))
        if row.get("sm") == "-":  # it did nothing of late
            percent = 0
        if pid is not None:
            yield pid, _use(memory, percent)


def _computed(table: str) -> Iterator[Row]:
    for line in table.splitlines():
        number, _, memory = line.partition(",")
        pid = _number(number)
        if pid is not None:
            yield pid, _use(_number(memory), None)


def _use(mebibytes: int | None, percent: int | None) -> GpuUse:
    return GpuUse(
        memory=None if mebibytes is None else mebibytes * _MIB,
        utilization=None if percent is None else percent / 100,
    )


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _by_program(rows: Iterable[Row]) -> dict[int, GpuUse]:
    found: dict[int, list[GpuUse]] = {}
    for pid, use in rows:
        found.setdefault(pid, []).append(use)
    return {pid: total(uses) for pid, uses in found.items()}


def _knows_numbers() -> bool:
    """In a container programs have other numbers than the driver knows them by."""
    with suppress(OSError):
        return _NAMESPACE.stat().st_ino == _OUTERMOST
    return False
