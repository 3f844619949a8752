"""ProcessesV2."""

from __future__ import annotations

from sqlalchemy import Connection

from hathora_deploy.api.deprecated.processes_v2 import (
    CreateProcessV2Deprecated,
    GetLatestProcessesV2Deprecated,
    GetProcessesCountExperimentalV2Deprecated,
    GetProcessInfoV2Deprecated,
    ProcessV2,
    StopProcessV2Deprecated,
)
from hathora_deploy.api.processes import (
    CreateProcess,
    GetLatestProcesses,
    GetProcess,
    GetProcessesCountExperimental,
    ProcessesCount,
    ProcessV3,
    StopProcess,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import processes
from hathora_deploy.cloud.handlers.deprecated import numbers
from hathora_deploy.cloud.handlers.deprecated.translation import translated


def get_latest_processes(operation: GetLatestProcessesV2Deprecated, call: Call) -> list[ProcessV2]:
    found = processes.get_latest_processes(translated(GetLatestProcesses, operation), call)
    with call.cloud.store.read() as connection:
        return [_view(connection, process) for process in found]


def get_processes_count(
    operation: GetProcessesCountExperimentalV2Deprecated, call: Call
) -> ProcessesCount:
    return processes.get_processes_count(translated(GetProcessesCountExperimental, operation), call)


def create_process(operation: CreateProcessV2Deprecated, call: Call) -> ProcessV2:
    created = processes.create_process(translated(CreateProcess, operation), call)
    with call.cloud.store.read() as connection:
        return _view(connection, created)


def get_process(operation: GetProcessInfoV2Deprecated, call: Call) -> ProcessV2:
    found = processes.get_process(translated(GetProcess, operation), call)
    with call.cloud.store.read() as connection:
        return _view(connection, found)


def stop_process(operation: StopProcessV2Deprecated, call: Call) -> None:
    processes.stop_process(translated(StopProcess, operation), call)


def _view(connection: Connection, process: ProcessV3) -> ProcessV2:
    number = numbers.number_of_deployment(connection, process.deployment_id)
    return translated(ProcessV2, process, deployment_id=number)
