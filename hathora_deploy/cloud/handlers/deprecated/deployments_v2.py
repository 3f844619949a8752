"""DeploymentsV2, and what DeploymentsV1 has in common with it."""

from __future__ import annotations

from sqlalchemy import Connection

from hathora_deploy.api.deployments import CreateDeployment, GetLatestDeployment
from hathora_deploy.api.deprecated.deployments_v1 import CreateDeploymentV1Deprecated
from hathora_deploy.api.deprecated.deployments_v2 import (
    CreateDeploymentV2Deprecated,
    DeploymentV2,
    GetDeploymentInfoV2Deprecated,
    GetDeploymentsV2Deprecated,
    GetLatestDeploymentV2Deprecated,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import deployments
from hathora_deploy.cloud.handlers.deprecated import numbers
from hathora_deploy.cloud.handlers.deprecated.translation import translated
from hathora_deploy.cloud.handlers.ownership import find_app, find_deployment
from hathora_deploy.cloud.state import build_numbers, deployments as deployment_state
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.tables import LARGEST_INTEGER


def get_deployments(operation: GetDeploymentsV2Deprecated, call: Call) -> list[DeploymentV2]:
    with call.cloud.store.read() as connection:
        found = every(connection, call, operation.app_id)
        return [view(connection, deployment) for deployment in found]


def create_deployment(operation: CreateDeploymentV2Deprecated, call: Call) -> DeploymentV2:
    record = create(operation, call)
    with call.cloud.store.read() as connection:
        return view(connection, record)


def get_latest_deployment(operation: GetLatestDeploymentV2Deprecated, call: Call) -> DeploymentV2:
    record = latest(operation.app_id, call)
    with call.cloud.store.read() as connection:
        return view(connection, record)


def get_deployment(operation: GetDeploymentInfoV2Deprecated, call: Call) -> DeploymentV2:
    with call.cloud.store.read() as connection:
        found = numbers.find_deployment(connection, call, operation.app_id, operation.deployment_id)
        return view(connection, found)


def every(connection: Connection, call: Call, app_id: str) -> list[DeploymentRecord]:
    """The deployments of an app, newest first: these lists have no pages."""
    find_app(connection, call, app_id)
    return deployment_state.page(
        connection, app_id, size=LARGEST_INTEGER, before=None, tag=None, build_tag=None
    )


def create(
    operation: CreateDeploymentV1Deprecated | CreateDeploymentV2Deprecated,
    call: Call,
    **own: object,
) -> DeploymentRecord:
    """A new deployment, with settings of its ``own`` that the operation does not name."""
    with call.cloud.store.read() as connection:
        build = numbers.find_build(connection, call, operation.app_id, operation.build_id)
    wanted = translated(CreateDeployment, operation, build_id=build.build_id, **own)
    created = deployments.create_deployment(wanted, call)
    with call.cloud.store.read() as connection:
        return find_deployment(connection, call, operation.app_id, created.deployment_id)


def latest(app_id: str, call: Call) -> DeploymentRecord:
    """The deployment that new rooms use. Raises NotFound where nothing was deployed."""
    found = deployments.get_latest_deployment(GetLatestDeployment(app_id=app_id), call)
    with call.cloud.store.read() as connection:
        return find_deployment(connection, call, app_id, found.deployment_id)


def view(connection: Connection, deployment: DeploymentRecord) -> DeploymentV2:
    """A deployment as old clients see it."""
    return translated(
        DeploymentV2,
        deployments.view(deployment),
        deployment_id=deployment.number,
        build_id=build_numbers.number_of(connection, deployment.build_key),
    )
