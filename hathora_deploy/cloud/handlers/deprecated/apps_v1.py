"""AppsV1."""

from __future__ import annotations

from sqlalchemy import Connection

from hathora_deploy.api.apps import (
    Application,
    ApplicationWithLatestDeploymentAndBuild,
    CreateApp,
    DeleteApp,
    GetApp,
    GetApps,
    PatchApp,
)
from hathora_deploy.api.deprecated.apps_v1 import (
    ApplicationWithLatestDeploymentAndBuildDeprecated,
    CreateAppV1Deprecated,
    DeleteAppV1Deprecated,
    DeploymentWithBuild,
    GetAppInfoV1Deprecated,
    GetAppsV1Deprecated,
    UpdateAppV1Deprecated,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import apps
from hathora_deploy.cloud.handlers.deprecated import builds_v1, deployments_v2
from hathora_deploy.cloud.handlers.deprecated.translation import translated
from hathora_deploy.cloud.state import deployments


def get_apps(
    operation: GetAppsV1Deprecated, call: Call
) -> list[ApplicationWithLatestDeploymentAndBuildDeprecated]:
    page = apps.get_apps(GetApps(), call)
    with call.cloud.store.read() as connection:
        return [_with_latest(connection, app) for app in page.applications]


def create_app(operation: CreateAppV1Deprecated, call: Call) -> Application:
    return apps.create_app(translated(CreateApp, operation), call)


def get_app(operation: GetAppInfoV1Deprecated, call: Call) -> Application:
    return apps.get_app(translated(GetApp, operation), call)


def update_app(operation: UpdateAppV1Deprecated, call: Call) -> Application:
    """Its static processes stay as they are: the first version knew none."""
    return apps.patch_app(translated(PatchApp, operation), call)


def delete_app(operation: DeleteAppV1Deprecated, call: Call) -> None:
    apps.delete_app(translated(DeleteApp, operation), call)


def _with_latest(
    connection: Connection, app: ApplicationWithLatestDeploymentAndBuild
) -> ApplicationWithLatestDeploymentAndBuildDeprecated:
    deployment = None
    if app.deployment is not None:
        record = deployments.get(connection, app.deployment.deployment_id)
        assert record is not None  # none is ever deleted
        deployment = translated(
            DeploymentWithBuild,
            deployments_v2.view(connection, record),
            build=builds_v1.view_of(connection, app.app_id, record.build_key, app.deployment.build),
        )
    return translated(ApplicationWithLatestDeploymentAndBuildDeprecated, app, deployment=deployment)
