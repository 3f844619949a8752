"""Applications: the namespaces that deployments and their processes live in."""

from __future__ import annotations

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.limits import AppName
from hathora_deploy.api.model import DateTime, Model, Number, OpenEnum
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import FROM_CLIENT, Operation, Query
from hathora_deploy.secret import Secret


class MetricName(OpenEnum):
    """What an autoscaler can follow."""

    CONCURRENT_REQUESTS = "concurrent-requests"


class AutoscalerTargetMetric(Model):
    """The metric and the value of it that a process should carry."""

    metric_name: MetricName
    metric_value: Number


class ProcessAutoscalerConfig(Model):
    """What the number of kept processes follows."""

    target_metric: AutoscalerTargetMetric


class StaticProcessAllocationConfig(Model):
    """How many processes a region keeps: at least min, normally target, at most max."""

    region: Region
    min_processes: int
    target_processes: int
    max_processes: int
    autoscaling_enabled: bool | None = None


class LoadBalancerConfig(Model):
    """Whether HTTP requests are spread over the processes."""

    enabled: bool


class ApplicationServiceConfig(Model):
    """How many processes an application keeps without being asked."""

    static_process_allocation: list[StaticProcessAllocationConfig]
    load_balancer: LoadBalancerConfig | None = None
    process_autoscaler_config: ProcessAutoscalerConfig | None = None


class GoogleAuthConfiguration(Model):
    """Login by Google, for one OAuth client."""

    client_id: str


class Enabled(Model):
    """An empty object: its presence switches something on."""


class AuthConfiguration(Model):
    """The ways players may log in; an absent one is off."""

    anonymous: Enabled | None = None
    nickname: Enabled | None = None
    google: GoogleAuthConfiguration | None = None


class Application(Model):
    """An application; ``app_secret`` signs the tokens of its players."""

    app_name: str
    app_id: str
    app_secret: Secret
    auth_configuration: AuthConfiguration
    service_config: ApplicationServiceConfig | None
    org_id: str
    created_by: str
    created_at: DateTime
    deleted_at: DateTime | None
    deleted_by: str | None


class DeploymentWithBuild(DeploymentV3):
    """A deployment and its build."""

    build: BuildV3


class ApplicationWithLatestDeploymentAndBuild(Application):
    """An application and what it would run."""

    deployment: DeploymentWithBuild | None = None


class ApplicationsPage(Model):
    """The applications of an organization."""

    applications: list[ApplicationWithLatestDeploymentAndBuild]


class StaticProcessAllocationConfigWrite(Model):
    """How many processes a region is to keep; ``max_processes`` null is the system's maximum."""

    region: Region
    min_processes: int
    max_processes: int | None
    target_processes: int | None = None
    autoscaling_enabled: bool | None = None


class ServiceConfigWrite(Model):
    """How many processes an application is to keep without being asked."""

    static_process_allocation: list[StaticProcessAllocationConfigWrite]
    load_balancer: LoadBalancerConfig | None = None
    process_autoscaler_config: ProcessAutoscalerConfig | None = None


class GetApps(
    Operation[ApplicationsPage],
    method="GET",
    path="/apps/v2/apps",
    errors=(401, 404, 408, 429),
):
    """List the applications of an organization, each with its latest deployment and build."""

    org_id: Query[str | None] = None


class CreateApp(
    Operation[Application],
    method="POST",
    path="/apps/v2/apps",
    status=201,
    errors=(401, 404, 408, 422, 429, 500),
):
    """Create an application."""

    app_name: AppName
    auth_configuration: AuthConfiguration
    load_balancer: LoadBalancerConfig | None = None
    org_id: Query[str | None] = None


class DeleteApp(
    Operation[None],
    method="DELETE",
    path="/apps/v2/apps/{appId}",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
):
    """Delete an application; its processes are stopped."""

    app_id: str = FROM_CLIENT


class GetApp(
    Operation[Application],
    method="GET",
    path="/apps/v2/apps/{appId}",
    errors=(401, 404, 408, 429),
):
    """Get an application."""

    app_id: str = FROM_CLIENT


class PatchApp(
    Operation[Application],
    method="PATCH",
    path="/apps/v2/apps/{appId}",
    errors=(401, 404, 408, 422, 429, 500),
):
    """Change the given settings of an application and leave the others."""

    app_id: str = FROM_CLIENT
    service_config: ServiceConfigWrite | None = None
    auth_configuration: AuthConfiguration | None = None
    app_name: AppName | None = None


class UpdateApp(
    Operation[Application],
    method="POST",
    path="/apps/v2/apps/{appId}",
    errors=(401, 404, 408, 422, 429, 500),
    repeatable=True,
):
    """Replace the settings of an application."""

    app_name: AppName
    auth_configuration: AuthConfiguration
    app_id: str = FROM_CLIENT
    service_config: ServiceConfigWrite | None = None
