"""What is live, what runs where, and what went wrong of late: an app at a moment."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from hathora_deploy.api.apps import Application
from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.errors import Forbidden, NotFound, Unauthorized
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.authors import author_names
from hathora_deploy.pipeline.running import Load, Running, outdated, read_running

OF_LATE: Final = timedelta(days=1)
"""For how long a failure is shown."""
_LONG_START: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Live:
    """The deployment that new rooms use."""

    deployment: DeploymentV3
    author: str
    build: BuildV3 | None
    """None where it is deleted, or the token may not see it."""


@dataclass(frozen=True)
class Group:
    """The processes of one deployment in one region that have not ended."""

    region: Region
    deployment_id: str
    tag: str | None
    is_live: bool
    load: Load
    places: int
    """Rooms that they have place for."""
    statuses: tuple[tuple[ProcessStatus, int], ...]
    """How many of each, in the order of their lives."""


@dataclass(frozen=True)
class Failure:
    """A process that has failed."""

    process: ProcessV3
    tag: str | None

    @property
    def ended_at(self) -> datetime:
        return self.process.terminated_at or self.process.created_at

    @property
    def command(self) -> str:
        """What shows its log."""
        return f"hathora-deploy logs {self.process.process_id}"


@dataclass(frozen=True)
class Notice:
    """What is worth acting on, and the command that does, or shows more."""

    what: str
    command: str


@dataclass(frozen=True)
class AppStatus:
    """An app at a moment. Two are equal when nothing has happened between them."""

    live: Live | None
    """None before the first deployment."""
    groups: tuple[Group, ...]
    """Those of the live deployment first."""
    failures: tuple[Failure, ...]
    """Of the last day, newest first."""
    notices: tuple[Notice, ...]
    unlisted: int = 0
    """How many processes run that the cloud does not list."""

    @property
    def load(self) -> Load:
        """What runs, all in all."""
        return sum((group.load for group in self.groups), Load(self.unlisted))


@dataclass
class StatusReader:
    """Asks for the status of an app, again and again; what never changes it asks for once."""

    app: Application
    _deployments: dict[str, DeploymentV3 | None] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def read(self, cloud: HathoraCloud, *, now: datetime) -> AppStatus:
        """Takes a handful of calls, and one more for each hundred processes."""
        live = self._live(cloud)
        running = read_running(cloud, self.app.app_id)
        failed = cloud.processes_v3.get_latest_processes(
            app_id=self.app.app_id, status=[ProcessStatus.FAILED]
        )
        of_late = [
            process
            for process in failed
            if now - (process.terminated_at or process.created_at) < OF_LATE
        ]
        used = dict.fromkeys(each.deployment_id for each in (*running.processes, *of_late))
        tags = {each: self._tag(cloud, each) for each in used}
        return status_of(self.app, live=live, running=running, failed=of_late, tags=tags, now=now)

    def _live(self, cloud: HathoraCloud) -> Live | None:
        app_id = self.app.app_id
        try:
            deployment = cloud.deployments_v3.get_latest_deployment(app_id=app_id)
        except NotFound:
            # Of an app that is no more, this is what says so.
            cloud.apps_v2.get_app(app_id=app_id)
            return None
        self._deployments[deployment.deployment_id] = deployment
        author = deployment.created_by
        if author not in self._names:
            self._names[author] = author_names(cloud, self.app.org_id, [author]).get(author, author)
        try:
            build = cloud.builds_v3.get_build(build_id=deployment.build_id, org_id=self.app.org_id)
        except (NotFound, Unauthorized, Forbidden):
            build = None
        return Live(deployment, self._names[author], build)

    def _tag(self, cloud: HathoraCloud, deployment_id: str) -> str | None:
        if deployment_id not in self._deployments:
            try:
                found = cloud.deployments_v3.get_deployment(
                    app_id=self.app.app_id, deployment_id=deployment_id
                )
            except NotFound:
                found = None
            self._deployments[deployment_id] = found
        known = self._deployments[deployment_id]
        return known.deployment_tag if known else None


def status_of(
    app: Application,
    *,
    live: Live | None,
    running: Running,
    failed: Iterable[ProcessV3],
    tags: Mapping[str, str | None],
    now: datetime,
) -> AppStatus:
    """What the answers of a cloud add up to; ``tags`` are those of all deployments among them."""
    live_id = live.deployment.deployment_id if live else None
    failures = tuple(
        sorted(
            (Failure(process, tags[process.deployment_id]) for process in failed),
            key=lambda failure: failure.ended_at,
            reverse=True,
        )
    )
    return AppStatus(
        live=live,
        groups=tuple(_groups(running.processes, live_id, tags)),
        failures=failures,
        notices=tuple(_notices(app, live_id, running.processes, failures, now)),
        unlisted=running.unlisted,
    )


def _groups(
    processes: Iterable[ProcessV3], live_id: str | None, tags: Mapping[str, str | None]
) -> Iterator[Group]:
    members: dict[tuple[bool, str, str], list[ProcessV3]] = {}
    for process in processes:
        # What sorts first: the live deployment, then the regions by name.
        key = (process.deployment_id != live_id, str(process.region), process.deployment_id)
        members.setdefault(key, []).append(process)
    for (is_older, _, deployment_id), found in sorted(members.items()):
        counts = Counter(process.status for process in found)
        yield Group(
            region=found[0].region,
            deployment_id=deployment_id,
            tag=tags[deployment_id],
            is_live=not is_older,
            load=Load(len(found), sum(process.rooms_allocated for process in found)),
            places=sum(process.rooms_per_process for process in found),
            statuses=tuple(
                (status, counts[status]) for status in ProcessStatus if status in counts
            ),
        )


def _notices(
    app: Application,
    live_id: str | None,
    processes: Sequence[ProcessV3],
    failures: Sequence[Failure],
    now: datetime,
) -> Iterator[Notice]:
    name = shlex.quote(app.app_name)
    if live_id is None:
        yield Notice("nothing is deployed yet", "hathora-deploy PATH")
    runs_live = any(process.deployment_id == live_id for process in processes)
    failed = [each for each in failures if each.process.deployment_id == live_id]
    if failed and not runs_live:
        yield Notice(
            f"nothing runs of the live deployment, and {len(failed)} of its processes failed",
            f"hathora-deploy rollback --app-id {name}",
        )
    for process in processes:
        if process.status == ProcessStatus.STARTING and now - process.created_at > _LONG_START:
            yield Notice(
                f"process {process.process_id} is still starting",
                f"hathora-deploy logs {process.process_id}",
            )
    idle = outdated(processes, live_id)
    if idle:
        older = sum(process.deployment_id != live_id for process in processes)
        yield Notice(
            f"{len(idle)} of {older} processes of older deployments run without rooms",
            f"hathora-deploy processes stop --outdated --app-id {name}",
        )
