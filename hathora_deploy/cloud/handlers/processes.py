"""ProcessesV3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.network import DEFAULT_PORT_NAME, ExposedPort, Hosting, Region
from hathora_deploy.api.processes import (
    CreateProcess,
    GetLatestProcesses,
    GetProcess,
    GetProcessesCountExperimental,
    ProcessesCount,
    ProcessStatus,
    ProcessV3,
    StopProcess,
)
from hathora_deploy.cloud import scheduler
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.files import check_files
from hathora_deploy.cloud.handlers.ownership import find_app, find_process
from hathora_deploy.cloud.handlers.regions import check_region
from hathora_deploy.cloud.state import builds, deployments, processes, rooms
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.processes import ProcessRecord

_LATEST: Final = 100
"""How many processes ``latest`` lists, but for those that began together."""


def get_latest_processes(operation: GetLatestProcesses, call: Call) -> list[ProcessV3]:
    with call.cloud.store.read() as connection:
        find_app(connection, call, operation.app_id)
        found = processes.latest(
            connection,
            operation.app_id,
            statuses=operation.status or [],
            regions=operation.region or [],
            before=_moment(operation.before),
            limit=_LATEST,
        )
        occupancy = rooms.occupancy(connection, [process.process_id for process in found])
        used = {
            deployment_id: _deployment(connection, deployment_id)
            for deployment_id in {process.deployment_id for process in found}
        }
    return [_view(process, used[process.deployment_id], occupancy) for process in found]


def get_processes_count(operation: GetProcessesCountExperimental, call: Call) -> ProcessesCount:
    with call.cloud.store.read() as connection:
        find_app(connection, call, operation.app_id)
        count = processes.count(
            connection,
            operation.app_id,
            statuses=operation.status or [],
            regions=operation.region or [],
            before=_moment(operation.before),
        )
    return ProcessesCount(count=count)


def create_process(operation: CreateProcess, call: Call) -> ProcessV3:
    with call.cloud.store.write() as connection:
        find_app(connection, call, operation.app_id)
        check_region(call.cloud.settings.regions, operation.region)
        deployment = latest_deployment(connection, operation.app_id)
        process = add_process(connection, call, deployment, operation.region)
    call.cloud.reconciler.wake()
    return _view(process, deployment, {})


def get_process(operation: GetProcess, call: Call) -> ProcessV3:
    with call.cloud.store.read() as connection:
        process = find_process(connection, call, operation.app_id, operation.process_id)
        deployment = _deployment(connection, process.deployment_id)
        occupancy = rooms.occupancy(connection, [process.process_id])
    return _view(process, deployment, occupancy)


def stop_process(operation: StopProcess, call: Call) -> None:
    """It is stopping when this returns, and takes no more rooms; one that has ended stays as it is."""
    with call.cloud.store.write() as connection:
        process = find_process(connection, call, operation.app_id, operation.process_id)
        reason = f"was stopped by {call.caller.name}"
        processes.request_stop(connection, process.process_id, reason, call.now)
        rooms.destroy_all_of_process(connection, process.process_id, call.now)
    call.cloud.reconciler.wake()


def latest_deployment(connection: Connection, app_id: str) -> DeploymentRecord:
    """What new processes run. Raises NotFound when nothing was deployed."""
    deployment = deployments.latest(connection, app_id)
    if deployment is None:
        raise NotFound(f"app {app_id} has no deployment yet: deploy a build first")
    return deployment


def add_process(
    connection: Connection, call: Call, deployment: DeploymentRecord, region: Region
) -> ProcessRecord:
    """A process for the reconciler to start. Raises UnprocessableEntity where there is no build of it."""
    build = builds.get_by_key(connection, deployment.build_key)
    check_files(build)
    if build is None or build.deleted_at is not None:
        raise UnprocessableEntity(
            f"build {deployment.build_id} of deployment {deployment.deployment_id} was deleted: "
            "deploy another"
        )
    process = scheduler.new_process(deployment, region, call.now)
    processes.add(connection, process)
    return process


def exposed_ports(process: ProcessRecord) -> tuple[ExposedPort | None, list[ExposedPort]]:
    """The default port and the others; none until the process has bound them."""
    ports = [ExposedPort.model_validate(port) for port in process.exposed_ports]
    default = next((port for port in ports if port.name == DEFAULT_PORT_NAME), None)
    return default, [port for port in ports if port is not default]


def _moment(unix_milliseconds: float | None) -> datetime | None:
    if unix_milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(unix_milliseconds / 1000, tz=UTC)
    except (OverflowError, ValueError, OSError):
        raise UnprocessableEntity("before: no such moment, in Unix milliseconds") from None


def _deployment(connection: Connection, deployment_id: str) -> DeploymentRecord:
    deployment = deployments.get(connection, deployment_id)
    assert deployment is not None  # a process has one, and none is ever deleted
    return deployment


def _view(
    process: ProcessRecord, deployment: DeploymentRecord, occupancy: Mapping[str, int]
) -> ProcessV3:
    default, additional = exposed_ports(process)
    return ProcessV3(
        process_id=process.process_id,
        app_id=process.app_id,
        deployment_id=process.deployment_id,
        fleet_id=deployment.fleet_id,
        region=Region(process.region),
        hosting=Hosting.METAL,
        status=ProcessStatus(process.status),
        rooms_allocated=occupancy.get(process.process_id, 0),
        rooms_per_process=deployment.rooms_per_process,
        exposed_port=default,
        additional_exposed_ports=additional,
        summary_exit_reason=process.exit_reason,
        created_at=process.created_at,
        scheduled_at=process.scheduled_at,
        booted_at=process.booted_at,
        started_at=process.started_at,
        stopping_at=process.stopping_at,
        terminated_at=process.terminated_at,
    )
