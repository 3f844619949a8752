"""LogsV1: the output of many processes in one stream."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from hathora_deploy.api.deprecated.logs_v1 import GetLogsForApp, GetLogsForDeployment
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.deprecated import numbers
from hathora_deploy.cloud.handlers.ownership import find_app
from hathora_deploy.cloud.merged_log import MergedLog
from hathora_deploy.cloud.state import processes

_RECENT: Final = 10
"""How many processes the last lines are of, at most; every one that runs is followed."""


def get_logs_for_app(operation: GetLogsForApp, call: Call) -> MergedLog:
    with call.cloud.store.read() as connection:
        find_app(connection, call, operation.app_id)
    return _merged(operation, call, deployment_id=None)


def get_logs_for_deployment(operation: GetLogsForDeployment, call: Call) -> MergedLog:
    with call.cloud.store.read() as connection:
        deployment = numbers.find_deployment(
            connection, call, operation.app_id, operation.deployment_id
        )
    return _merged(operation, call, deployment_id=deployment.deployment_id)


def _merged(
    operation: GetLogsForApp | GetLogsForDeployment, call: Call, *, deployment_id: str | None
) -> MergedLog:
    """With ``follow`` it goes on until none of the processes runs any more."""
    cloud, app_id = call.cloud, operation.app_id
    with cloud.store.read() as connection:
        recent = processes.newest(connection, app_id, deployment_id, limit=_RECENT)

    def live() -> Collection[Path]:
        with cloud.store.read() as connection:
            found = processes.live_of(connection, app_id, deployment_id)
        return [cloud.settings.process_log(process.process_id) for process in found]

    return MergedLog(
        [cloud.settings.process_log(process.process_id) for process in reversed(recent)],
        tail_lines=operation.tail_lines,
        live=live if operation.follow else None,
    )
