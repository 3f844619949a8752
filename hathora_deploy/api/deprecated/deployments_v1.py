"""Deployments whose processes have one of four sizes."""

from __future__ import annotations

from hathora_deploy.api import deployments
from hathora_deploy.api.deployments import EnvironmentVariable, Variables
from hathora_deploy.api.limits import RoomsPerProcess
from hathora_deploy.api.model import DateTime, Model, Number, OpenEnum
from hathora_deploy.api.network import AdditionalPorts, ContainerPort, Port, TransportType
from hathora_deploy.api.operation import FROM_CLIENT, Operation


class PlanName(OpenEnum):
    """The sizes of a process."""

    TINY = "tiny"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class DeploymentV1(Model):
    """A deployment, known by a number."""

    app_id: str
    build_id: int
    deployment_id: int
    plan_name: PlanName
    requested_cpu: Number
    requested_memory_mb: int
    created_by: str
    created_at: DateTime
    container_port: int
    transport_type: TransportType
    default_container_port: ContainerPort
    additional_container_ports: list[ContainerPort]
    rooms_per_process: int
    env: list[EnvironmentVariable]
    idle_timeout_enabled: bool = True


class CreateDeploymentV1Deprecated(
    Operation[DeploymentV1],
    method="POST",
    path="/deployments/v1/{appId}/create/{buildId}",
    status=201,
    errors=(400, 401, 404, 408, 422, 429, 500),
    successor=deployments.CreateDeployment,
):
    """Create a deployment, which new rooms and processes will use."""

    build_id: int
    plan_name: PlanName
    container_port: Port
    transport_type: TransportType
    rooms_per_process: RoomsPerProcess
    env: Variables
    app_id: str = FROM_CLIENT
    additional_container_ports: AdditionalPorts | None = None
    idle_timeout_enabled: bool = True


class GetDeploymentInfoV1Deprecated(
    Operation[DeploymentV1],
    method="GET",
    path="/deployments/v1/{appId}/info/{deploymentId}",
    errors=(401, 404, 408, 429),
    successor=deployments.GetDeployment,
):
    """Get a deployment."""

    deployment_id: int
    app_id: str = FROM_CLIENT


class GetLatestDeploymentV1Deprecated(
    Operation[DeploymentV1],
    method="GET",
    path="/deployments/v1/{appId}/latest",
    errors=(401, 404, 408, 422, 429),
    successor=deployments.GetLatestDeployment,
):
    """Get the deployment that new rooms use."""

    app_id: str = FROM_CLIENT


class GetDeploymentsV1Deprecated(
    Operation[list[DeploymentV1]],
    method="GET",
    path="/deployments/v1/{appId}/list",
    errors=(401, 404, 408, 429, 500),
    successor=deployments.GetDeployments,
):
    """List the deployments of an application, newest first."""

    app_id: str = FROM_CLIENT
