"""DeploymentsV3."""

from __future__ import annotations

import re
from typing import Final

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.deployments import (
    CreateDeployment,
    DeploymentsV3Page,
    DeploymentV3,
    EnvironmentVariable,
    GetDeployment,
    GetDeployments,
    GetLatestDeployment,
)
from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.imports import ExportedDeployment
from hathora_deploy.api.network import DEFAULT_PORT_NAME, ContainerPort, TransportType
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.files import check_files
from hathora_deploy.cloud.handlers.fleets import choose_fleet
from hathora_deploy.cloud.handlers.leases import require_lease
from hathora_deploy.cloud.handlers.ownership import find_app, find_build, find_deployment
from hathora_deploy.cloud.handlers.variables import check_variables
from hathora_deploy.cloud.state import deployments
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.tables import LARGEST_INTEGER
from hathora_deploy.secret import Secret

_PAGE_SIZE: Final = 100
_PAGE_TOKEN: Final = re.compile(r"[0-9]{1,15}")


def get_deployments(operation: GetDeployments, call: Call) -> DeploymentsV3Page:
    """A page token is the number of the last deployment of the page before."""
    before = operation.next_page_token
    if before is not None and not _PAGE_TOKEN.fullmatch(before):
        raise UnprocessableEntity("nextPageToken: it is not one that this cloud gave")
    with call.cloud.store.read() as connection:
        find_app(connection, call, operation.app_id)
        found = deployments.page(
            connection,
            operation.app_id,
            size=_PAGE_SIZE + 1,
            before=int(before) if before is not None else None,
            tag=operation.deployment_tag,
            build_tag=operation.build_tag,
        )
    page = found[:_PAGE_SIZE]
    has_more = len(found) > _PAGE_SIZE
    return DeploymentsV3Page(
        deployments=[view(deployment) for deployment in page],
        next_page_token=str(page[-1].number) if has_more else None,
    )


def create_deployment(operation: CreateDeployment, call: Call) -> DeploymentV3:
    with call.cloud.store.write() as connection:
        app = find_app(connection, call, operation.app_id)
        require_lease(connection, call, app.app_id)
        build = find_build(connection, call, operation.build_id, org_id=app.org_id)
        check_files(build)
        if build.status != BuildStatus.SUCCEEDED:
            raise UnprocessableEntity(
                f"build {build.build_id} has not succeeded: it is {build.status}"
            )
        additional = operation.additional_container_ports or []
        check_ports(additional)
        check_resources(operation)
        check_variables(operation.env)
        deployment = DeploymentRecord(
            deployment_id=ids.new_deployment_id(),
            app_id=app.app_id,
            build_key=build.key,
            build_id=build.build_id,
            build_tag=build.tag,
            tag=operation.deployment_tag,
            fleet_id=choose_fleet(connection, app.org_id, operation.fleet_id),
            requested_cpu=operation.requested_cpu,
            requested_memory_mb=operation.requested_memory_mb,
            requested_gpu=operation.requested_gpu or operation.experimental_requested_gpu,
            rooms_per_process=operation.rooms_per_process,
            idle_timeout_enabled=operation.idle_timeout_enabled,
            container_port=operation.container_port,
            transport_type=operation.transport_type,
            additional_container_ports=[port.model_dump(mode="json") for port in additional],
            env=[variable.model_dump(mode="json") for variable in operation.env],
            created_at=call.now,
            created_by=call.caller.name,
        )
        deployments.add(connection, deployment)
    call.cloud.reconciler.wake()
    return view(deployment)


def get_latest_deployment(operation: GetLatestDeployment, call: Call) -> DeploymentV3:
    with call.cloud.store.read() as connection:
        find_app(connection, call, operation.app_id)
        deployment = deployments.latest(connection, operation.app_id)
    if deployment is None:
        raise NotFound(f"app {operation.app_id} has no deployment yet")
    return view(deployment)


def get_deployment(operation: GetDeployment, call: Call) -> DeploymentV3:
    with call.cloud.store.read() as connection:
        return view(find_deployment(connection, call, operation.app_id, operation.deployment_id))


def view(deployment: DeploymentRecord) -> DeploymentV3:
    """A deployment as callers see it."""
    return DeploymentV3(
        deployment_id=deployment.deployment_id,
        app_id=deployment.app_id,
        build_id=deployment.build_id,
        build_tag=deployment.build_tag,
        deployment_tag=deployment.tag,
        fleet_id=deployment.fleet_id,
        requested_cpu=deployment.requested_cpu,
        requested_memory_mb=deployment.requested_memory_mb,
        requested_gpu=deployment.requested_gpu,
        rooms_per_process=deployment.rooms_per_process,
        idle_timeout_enabled=deployment.idle_timeout_enabled,
        default_container_port=ContainerPort.default(
            deployment.container_port, TransportType(deployment.transport_type)
        ),
        additional_container_ports=[
            ContainerPort.model_validate(port) for port in deployment.additional_container_ports
        ],
        env=[
            EnvironmentVariable(name=variable["name"], value=Secret(variable["value"]))
            for variable in deployment.env
        ],
        created_by=deployment.created_by,
        created_at=deployment.created_at,
    )


def check_ports(additional: list[ContainerPort]) -> None:
    """Raises UnprocessableEntity for two ports of one name."""
    names = [DEFAULT_PORT_NAME, *(port.name for port in additional)]
    for name in names:
        if names.count(name) > 1:
            raise UnprocessableEntity(
                f"additionalContainerPorts: two ports are named {name!r}; "
                f"{DEFAULT_PORT_NAME!r} is the container port"
            )


def check_resources(operation: CreateDeployment | ExportedDeployment) -> None:
    """Only what no machine has is refused; how much of it a process gets is the runtime's matter."""
    if not 0 < operation.requested_cpu <= LARGEST_INTEGER:
        raise UnprocessableEntity("requestedCPU: a process needs a part of a core, such as 0.5")
    if not 0 < operation.requested_memory_mb <= LARGEST_INTEGER:
        raise UnprocessableEntity("requestedMemoryMB: a process needs some memory, such as 1024")
    for gpu in (operation.requested_gpu, operation.experimental_requested_gpu):
        if gpu is not None and not 0 <= gpu <= LARGEST_INTEGER:
            raise UnprocessableEntity("requestedGPU: a process has none, or some")
