"""LogsV1: the output of many processes in one stream."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from hathora_deploy.api.deprecated.logs_v1 import GetLogsForApp, GetLogsForDeployment
from hathora_deploy.cloud.cloud import Call, Cloud
from hathora_deploy.cloud.handlers.deprecated import numbers
from hathora_deploy.cloud.handlers.ownership import find_app
from hathora_deploy.cloud.merged_log import MergedLog
from hathora_deploy.cloud.state import processes
from hathora_deploy.cloud.state.processes import ProcessRecord

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

        logs = _logs(connection, reversed(recent), cloud)

    def live() -> Collection[Path]:
        with cloud.store.read() as connection:
            found = processes.live_of(connection, app_id, deployment_id)
            return _logs(connection, found, cloud)

    return MergedLog(
        logs,
        tail_lines=operation.tail_lines,
        live=live if operation.follow else None,
    )


def _logs(connection: Connection, found: Iterable[ProcessRecord], cloud: Cloud) -> list[Path]:
    """Those that this machine has."""
    folders = ((cloud.folders.of(connection, each.booted_by), each.process_id) for each in found)
    return [folder.process_log(process_id) for folder, process_id in folders if folder is not None]
