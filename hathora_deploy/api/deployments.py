"""Deployments: a build with the settings its processes run under."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from hathora_deploy.api.limits import BuildTag, RoomsPerProcess
from hathora_deploy.api.model import DateTime, Model, Number
from hathora_deploy.api.network import AdditionalPorts, ContainerPort, Port, TransportType
from hathora_deploy.api.operation import FROM_CLIENT, Operation, Query
from hathora_deploy.secret import Secret


class EnvironmentVariable(Model):
    """A variable that processes are given."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
    value: Secret


MAX_VARIABLES: Final = 100
Variables = Annotated[list[EnvironmentVariable], Field(max_length=MAX_VARIABLES)]


class DeploymentV3(Model):
    """A deployment."""

    app_id: str
    build_id: str
    deployment_id: str
    requested_cpu: Number
    requested_memory_mb: int
    created_by: str
    created_at: DateTime
    default_container_port: ContainerPort
    additional_container_ports: list[ContainerPort]
    rooms_per_process: int
    env: list[EnvironmentVariable]
    idle_timeout_enabled: bool
    build_tag: str | None = None
    experimental_requested_gpu: int | None = None
    requested_gpu: int | None = None
    deployment_tag: str | None = None
    fleet_id: str | None = None


class DeploymentsV3Page(Model):
    """A page of deployments; ``next_page_token`` is absent on the last."""

    deployments: list[DeploymentV3]
    next_page_token: str | None = None


class GetDeployments(
    Operation[DeploymentsV3Page],
    method="GET",
    path="/deployments/v3/apps/{appId}/deployments",
    errors=(401, 404, 408, 422, 429),
):
    """List the deployments of an application, newest first, a page at a time."""

    app_id: str = FROM_CLIENT
    build_tag: Query[BuildTag | None] = None
    deployment_tag: Query[str | None] = None
    next_page_token: Query[str | None] = None


class CreateDeployment(
    Operation[DeploymentV3],
    method="POST",
    path="/deployments/v3/apps/{appId}/deployments",
    status=201,
    errors=(400, 401, 404, 408, 422, 429, 500),
):
    """Create a deployment, which new rooms and processes will use."""

    build_id: str
    requested_cpu: Number
    requested_memory_mb: int
    container_port: Port
    transport_type: TransportType
    rooms_per_process: RoomsPerProcess
    env: Variables
    idle_timeout_enabled: bool
    app_id: str = FROM_CLIENT
    experimental_requested_gpu: int | None = None
    requested_gpu: int | None = None
    additional_container_ports: AdditionalPorts | None = None
    deployment_tag: str | None = None
    fleet_id: str | None = None


class GetLatestDeployment(
    Operation[DeploymentV3],
    method="GET",
    path="/deployments/v3/apps/{appId}/deployments/latest",
    errors=(401, 404, 408, 422, 429),
):
    """Get the deployment that new rooms use."""

    app_id: str = FROM_CLIENT


class GetDeployment(
    Operation[DeploymentV3],
    method="GET",
    path="/deployments/v3/apps/{appId}/deployments/{deploymentId}",
    errors=(401, 404, 408, 429),
):
    """Get a deployment."""

    deployment_id: str
    app_id: str = FROM_CLIENT
