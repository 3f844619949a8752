"""Carries out the static process allocation of every application."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hathora_deploy.api.apps import ApplicationServiceConfig, StaticProcessAllocationConfig
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud import allocation, scheduler
from hathora_deploy.cloud.allocation import KeptProcess, Steps
from hathora_deploy.cloud.state import apps, builds, deployments, processes, rooms
from hathora_deploy.cloud.state.apps import AppRecord
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store


@dataclass(frozen=True)
class _Due:
    """The steps of one region of an application, and how long its starts have to wait."""

    region: Region
    latest: DeploymentRecord
    steps: Steps
    wait: timedelta

    @property
    def is_now(self) -> bool:
        return bool(self.steps.stop or self.steps.drain or (self.steps.start and not self.wait))


class Allocator:
    """Starts the processes that applications keep, and releases those that they keep no more."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    def step(self, now: datetime) -> timedelta | None:
        """Take the steps that are due. How long until the next start that has to wait, if any."""
        with self._store.read() as connection:
            due = _due(connection, now)
        if any(each.is_now for each in due):
            with self._store.write() as connection:
                due = _due(connection, now)  # rooms may have come meanwhile
                for each in due:
                    _take(connection, each, now)
        return min((each.wait for each in due if each.steps.start and each.wait), default=None)


def _due(connection: Connection, now: datetime) -> list[_Due]:
    kept = processes.kept(connection)
    keeping = {app.app_id: app for app in apps.with_service_config(connection)}
    app_ids = keeping.keys() | {process.app_id for process in kept}
    return [
        due
        for app_id in sorted(app_ids)
        for due in _due_of_app(
            connection,
            app_id,
            keeping.get(app_id),
            [process for process in kept if process.app_id == app_id],
            now,
        )
    ]


def _due_of_app(
    connection: Connection,
    app_id: str,
    app: AppRecord | None,
    kept: Sequence[ProcessRecord],
    now: datetime,
) -> list[_Due]:
    configs = _configs(app)
    latest = deployments.latest(connection, app_id)
    if latest is None or not (configs or kept):
        return []
    occupancy = rooms.occupancy(connection, [process.process_id for process in kept])
    found = []
    for region in sorted({*configs, *(Region(process.region) for process in kept)}):
        steps = allocation.plan(
            configs.get(region),
            [
                KeptProcess(
                    process_id=process.process_id,
                    is_new=process.deployment_id == latest.deployment_id,
                    status=ProcessStatus(process.status),
                    rooms=occupancy.get(process.process_id, 0),
                )
                for process in kept
                if process.region == region
            ],
        )
        wait = timedelta(0)
        if steps.start and _is_without_files(connection, latest):
            steps = replace(steps, start=0)
        if steps.start:
            attempts = processes.attempts(connection, latest.deployment_id, region)
            wait = allocation.pause(attempts, now)
        found.append(_Due(region, latest, steps, wait))
    return found


def _is_without_files(connection: Connection, deployment: DeploymentRecord) -> bool:
    """Whether there is nothing to start, before the first deploy to an app that was imported."""
    build = builds.get_by_key(connection, deployment.build_key)
    return build is not None and build.expired_at is not None


def _configs(app: AppRecord | None) -> dict[Region, StaticProcessAllocationConfig]:
    if app is None or app.service_config is None:
        return {}
    config = ApplicationServiceConfig.model_validate(app.service_config)
    return {each.region: each for each in config.static_process_allocation}


def _take(connection: Connection, due: _Due, now: datetime) -> None:
    for process_id in due.steps.stop:
        processes.request_stop(connection, process_id, "was kept no longer", now)
    for process_id in due.steps.drain:
        processes.drain(connection, process_id)
    if not due.wait:
        for _ in range(due.steps.start):
            process = scheduler.new_process(due.latest, due.region, now, is_kept=True)
            processes.add(connection, process)
