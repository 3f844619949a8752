"""Ends the processes that keep a build from being deleted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hathora_deploy.cli import selection
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.running import read_running

if TYPE_CHECKING:
    from hathora_deploy.client import HathoraCloud


def end_processes_of(
    cloud: HathoraCloud, build_id: str, *, timeout: float, outage: float
) -> list[str]:
    """Stop all that run a build, and wait, ``timeout`` seconds at most, until they have ended; their ids."""
    doomed = _running(cloud, build_id)
    for app_id, process_id in doomed:
        cloud.processes_v3.stop_process(app_id=app_id, process_id=process_id)
    poll(
        lambda: None if _running(cloud, build_id) else True,
        deadline=time.monotonic() + timeout,
        outage=outage,
    )
    return [process_id for _, process_id in doomed]


def _running(cloud: HathoraCloud, build_id: str) -> list[tuple[str, str]]:
    """The app and the id of each process that runs a build."""
    return [
        (app.app_id, process.process_id)
        for app in selection.apps_in_scope(cloud)
        for process in read_running(cloud, app.app_id).processes
        if cloud.deployments_v3.get_deployment(
            app_id=app.app_id, deployment_id=process.deployment_id
        ).build_id
        == build_id
    ]
