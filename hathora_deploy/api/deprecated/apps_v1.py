"""Applications, as the first version of the API had them."""

from __future__ import annotations

from hathora_deploy.api import apps
from hathora_deploy.api.apps import Application, AuthConfiguration, LoadBalancerConfig
from hathora_deploy.api.deprecated.builds_v1 import Build
from hathora_deploy.api.deprecated.deployments_v2 import DeploymentV2
from hathora_deploy.api.limits import AppName
from hathora_deploy.api.operation import FROM_CLIENT, Operation


class DeploymentWithBuild(DeploymentV2):
    """A deployment and its build."""

    build: Build


class ApplicationWithLatestDeploymentAndBuildDeprecated(Application):
    """An application and what it would run."""

    deployment: DeploymentWithBuild | None = None


class CreateAppV1Deprecated(
    Operation[Application],
    method="POST",
    path="/apps/v1/create",
    status=201,
    errors=(401, 404, 408, 422, 429, 500),
    successor=apps.CreateApp,
):
    """Create an application."""

    app_name: AppName
    auth_configuration: AuthConfiguration
    load_balancer: LoadBalancerConfig | None = None


class DeleteAppV1Deprecated(
    Operation[None],
    method="DELETE",
    path="/apps/v1/delete/{appId}",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    successor=apps.DeleteApp,
):
    """Delete an application; its processes are stopped."""

    app_id: str = FROM_CLIENT


class GetAppInfoV1Deprecated(
    Operation[Application],
    method="GET",
    path="/apps/v1/info/{appId}",
    errors=(401, 404, 408, 429),
    successor=apps.GetApp,
):
    """Get an application."""

    app_id: str = FROM_CLIENT


class GetAppsV1Deprecated(
    Operation[list[ApplicationWithLatestDeploymentAndBuildDeprecated]],
    method="GET",
    path="/apps/v1/list",
    errors=(401, 408, 429),
    successor=apps.GetApps,
):
    """List the applications of an organization, each with its latest deployment and build."""


class UpdateAppV1Deprecated(
    Operation[Application],
    method="POST",
    path="/apps/v1/update/{appId}",
    errors=(401, 404, 408, 422, 429, 500),
    repeatable=True,
    successor=apps.UpdateApp,
):
    """Replace the settings of an application."""

    app_name: AppName
    auth_configuration: AuthConfiguration
    app_id: str = FROM_CLIENT
    load_balancer: LoadBalancerConfig | None = None
