"""What runs of an app: every process that has not ended, in as few calls as the API allows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud

KeyT = TypeVar("KeyT", bound=Hashable)

ALIVE: Final = (
    ProcessStatus.STARTING,
    ProcessStatus.RUNNING,
    ProcessStatus.DRAINING,
    ProcessStatus.STOPPING,
)
"""The statuses of processes that have not ended."""


@dataclass(frozen=True)
class Load:
    """How many processes, and the rooms in them."""

    processes: int = 0
    rooms: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(self.processes + other.processes, self.rooms + other.rooms)


@dataclass(frozen=True)
class Running:
    """Processes that have not ended, newest first."""

    processes: tuple[ProcessV3, ...]
    unlisted: int = 0
    """How many more there are, which the cloud counts and does not list."""


def read_running(cloud: HathoraCloud, app_id: str) -> Running:
    """A call that counts, and one for each page that lists."""
    count = cloud.processes_v3.get_processes_count_experimental(
        app_id=app_id, status=list(ALIVE)
    ).count
    found: dict[str, ProcessV3] = {}
    before: float | None = None
    is_at_end = count == 0
    while not is_at_end:
        page = cloud.processes_v3.get_latest_processes(
            app_id=app_id, status=list(ALIVE), before=before
        )
        known = len(found)
        found |= {process.process_id: process for process in page}
        following = _before(page, has_news=len(found) > known)
        is_at_end = len(found) >= count or following in (None, before)
        before = following
    return Running(tuple(found.values()), max(0, count - len(found)))


def _before(page: Sequence[ProcessV3], *, has_news: bool) -> float | None:
    """What leads to the next page, in Unix milliseconds.

    Others may have begun in the same moment as the last of a page: it is asked for once more.
    """
    if not page:
        return None
    oldest = min(process.created_at for process in page).timestamp() * 1000
    return oldest + 1 if has_news else oldest


def load_by(key: Callable[[ProcessV3], KeyT], processes: Iterable[ProcessV3]) -> dict[KeyT, Load]:
    """The processes and rooms of each group that ``key`` makes."""
    loads: dict[KeyT, Load] = {}
    for process in processes:
        group = key(process)
        loads[group] = loads.get(group, Load()) + Load(1, process.rooms_allocated)
    return loads


def outdated(processes: Iterable[ProcessV3], live_id: str | None) -> list[ProcessV3]:
    """Those of other deployments than the live one that nobody uses, and nobody has stopped."""
    return [
        process
        for process in processes
        if process.deployment_id != live_id
        and not process.rooms_allocated
        and process.status != ProcessStatus.STOPPING
    ]
