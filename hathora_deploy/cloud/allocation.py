"""Decides which processes an application keeps running in each region. Pure: the allocator acts.

Rooms are never cut: a process that is not wanted any more takes no new ones, and ends without any.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hathora_deploy.api.apps import StaticProcessAllocationConfig
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud.state.processes import Attempt

_LASTING: Final = timedelta(seconds=60)
"""A process that ran for so long was no failed start, however it ended."""
_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class KeptProcess:
    """A live process that was started to be kept; ``is_new`` means of the latest deployment."""

    process_id: str
    is_new: bool
    status: ProcessStatus
    rooms: int = 0

    @property
    def takes_rooms(self) -> bool:
        return self.status in (ProcessStatus.STARTING, ProcessStatus.RUNNING)

    @property
    def is_ready(self) -> bool:
        return self.status == ProcessStatus.RUNNING


@dataclass(frozen=True)
class Steps:
    """How many processes to start, and which take no new rooms from now on."""

    start: int = 0
    release: tuple[KeptProcess, ...] = ()

    @property
    def stop(self) -> list[str]:
        """Of those to release, the ones that nobody is in."""
        return [process.process_id for process in self.release if not process.rooms]

    @property
    def drain(self) -> list[str]:
        """Of those to release, the ones to end once their rooms have. One that has not bound its
        port yet is drained when it has: its players are waiting for the address."""
        return [
            process.process_id
            for process in self.release
            if process.rooms and process.status == ProcessStatus.RUNNING
        ]


def plan(config: StaticProcessAllocationConfig | None, kept: Iterable[KeptProcess]) -> Steps:
    """The steps for one region of an application; without a config it keeps none.

    While a new deployment takes over, at least min processes are ready and there are at most max.
    Where min equals max, both cannot be: then one is replaced at a time.
    """
    kept = list(kept)
    serving = [process for process in kept if process.takes_rooms]
    if config is None:
        return Steps(release=tuple(serving))
    new = sorted((process for process in serving if process.is_new), key=_worth, reverse=True)
    old = sorted((process for process in serving if not process.is_new), key=_worth)
    new, surplus = new[: config.target_processes], new[config.target_processes :]

    missing = config.target_processes - len(new)
    start = min(missing, max(0, config.max_processes - len(kept)))
    making_place = missing - start - (len(kept) - len(serving)) - len(surplus)

    ready_new = sum(process.is_ready for process in new)
    not_needed = len(old) - max(0, config.target_processes - ready_new)
    ready = ready_new + sum(process.is_ready for process in old)
    least_ready = min(config.min_processes, config.max_processes - 1)
    released: list[KeptProcess] = []
    for process in old[: max(0, not_needed, making_place)]:
        if process.is_ready:
            if ready <= least_ready:
                break
            ready -= 1
        released.append(process)
    return Steps(start=start, release=(*surplus, *released))


def _worth(process: KeptProcess) -> tuple[bool, int]:
    """What is lost with a process: one that is not ready first, then one with few rooms."""
    return process.is_ready, process.rooms


def pause(attempts: Sequence[Attempt], now: datetime) -> timedelta:
    """How long to wait before the next start, after those attempts, newest first.

    What crashes at once is not started in a tight loop: each failure in a row doubles the pause.
    """
    failures = 0
    for attempt in attempts:
        if attempt.ran_for is not None and attempt.ran_for >= _LASTING:
            break
        failures += 1
    if not failures:
        return timedelta(0)
    # 512 seconds are more than the longest pause; more attempts make no difference.
    length = min(_FIRST_PAUSE * (1 << min(failures - 1, 9)), _LONGEST_PAUSE)
    # Never longer, though the last end may lie in the future since the clock was set back.
    return min(length, max(timedelta(0), attempts[0].ended_at + length - now))
