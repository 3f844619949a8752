"""DeploymentsV1: deployments by the four sizes that a process could have."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from hathora_deploy.api.deprecated.deployments_v1 import (
    CreateDeploymentV1Deprecated,
    DeploymentV1,
    GetDeploymentInfoV1Deprecated,
    GetDeploymentsV1Deprecated,
    GetLatestDeploymentV1Deprecated,
    PlanName,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.deprecated import deployments_v2, numbers
from hathora_deploy.cloud.handlers.deprecated.translation import translated
from hathora_deploy.cloud.state.deployments import DeploymentRecord

_PLANS: Final = {
    PlanName.TINY: (0.5, 1024),
    PlanName.SMALL: (1, 2048),
    PlanName.MEDIUM: (2, 4096),
    PlanName.LARGE: (4, 8192),
}
"""Cores and MB of memory, smallest first."""


def get_deployments(operation: GetDeploymentsV1Deprecated, call: Call) -> list[DeploymentV1]:
    with call.cloud.store.read() as connection:
        found = deployments_v2.every(connection, call, operation.app_id)
        return [_view(connection, deployment) for deployment in found]


def create_deployment(operation: CreateDeploymentV1Deprecated, call: Call) -> DeploymentV1:
    cpu, memory_mb = _PLANS[operation.plan_name]
    record = deployments_v2.create(
        operation, call, requested_cpu=cpu, requested_memory_mb=memory_mb
    )
    with call.cloud.store.read() as connection:
        return _view(connection, record)


def get_latest_deployment(operation: GetLatestDeploymentV1Deprecated, call: Call) -> DeploymentV1:
    record = deployments_v2.latest(operation.app_id, call)
    with call.cloud.store.read() as connection:
        return _view(connection, record)


def get_deployment(operation: GetDeploymentInfoV1Deprecated, call: Call) -> DeploymentV1:
    with call.cloud.store.read() as connection:
        found = numbers.find_deployment(connection, call, operation.app_id, operation.deployment_id)
        return _view(connection, found)


def plan_for(cpu: float, memory_mb: int) -> PlanName:
    """The smallest plan that has as much, or the largest."""
    enough = [plan for plan, has in _PLANS.items() if has[0] >= cpu and has[1] >= memory_mb]
    return enough[0] if enough else PlanName.LARGE


def _view(connection: Connection, deployment: DeploymentRecord) -> DeploymentV1:
    return translated(
        DeploymentV1,
        deployments_v2.view(connection, deployment),
        plan_name=plan_for(deployment.requested_cpu, deployment.requested_memory_mb),
        container_port=deployment.container_port,
        transport_type=deployment.transport_type,
    )
