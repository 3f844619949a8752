"""AppsV2."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from hathora_deploy.api.apps import (
    Application,
    ApplicationServiceConfig,
    ApplicationsPage,
    ApplicationWithLatestDeploymentAndBuild,
    AuthConfiguration,
    CreateApp,
    DeleteApp,
    DeploymentWithBuild,
    GetApp,
    GetApps,
    PatchApp,
    ServiceConfigWrite,
    UpdateApp,
)
from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import (
    builds as build_handlers,
    deployments as deployment_handlers,
    service_config,
)
from hathora_deploy.cloud.handlers.ownership import check_org, find_app
from hathora_deploy.cloud.state import apps, builds, deployments, processes, rooms
from hathora_deploy.cloud.state.apps import AppRecord
from hathora_deploy.secret import Secret


def get_apps(operation: GetApps, call: Call) -> ApplicationsPage:
    org_id = check_org(call, operation.org_id)
    with call.cloud.store.read() as connection:
        return ApplicationsPage(
            applications=[
                _with_latest(connection, call, app) for app in apps.list_of_org(connection, org_id)
            ]
        )


def create_app(operation: CreateApp, call: Call) -> Application:
    org_id = check_org(call, operation.org_id)
    with call.cloud.store.write() as connection:
        check_name(connection, org_id, operation.app_name)
        app = AppRecord(
            app_id=ids.new_app_id(),
            org_id=org_id,
            name=operation.app_name,
            secret=ids.new_app_secret(),
            auth_configuration=operation.auth_configuration.model_dump(mode="json"),
            service_config=(
                ApplicationServiceConfig(
                    static_process_allocation=[], load_balancer=operation.load_balancer
                ).model_dump(mode="json")
                if operation.load_balancer is not None
                else None
            ),
            created_at=call.now,
            created_by=call.caller.name,
        )
        apps.add(connection, app)
    return view(app)


def get_app(operation: GetApp, call: Call) -> Application:
    with call.cloud.store.read() as connection:
        return view(find_app(connection, call, operation.app_id))


def update_app(operation: UpdateApp, call: Call) -> Application:
    """What is left out is removed: without a service config the app keeps no processes."""
    config = operation.service_config
    values: dict[str, Any] = {
        "name": operation.app_name,
        "auth_configuration": operation.auth_configuration.model_dump(mode="json"),
        "service_config": _service_config(config, call) if config is not None else None,
    }
    return _change(operation.app_id, values, call)


def patch_app(operation: PatchApp, call: Call) -> Application:
    values: dict[str, Any] = {}
    if operation.app_name is not None:
        values["name"] = operation.app_name
    if operation.auth_configuration is not None:
        values["auth_configuration"] = operation.auth_configuration.model_dump(mode="json")
    if operation.service_config is not None:
        values["service_config"] = _service_config(operation.service_config, call)
    return _change(operation.app_id, values, call)


def delete_app(operation: DeleteApp, call: Call) -> None:
    """Its processes are stopped, and its rooms destroyed; its name is free again."""
    with call.cloud.store.write() as connection:
        app = find_app(connection, call, operation.app_id)
        apps.change(connection, app.app_id, deleted_at=call.now, deleted_by=call.caller.name)
        for process in processes.live(connection):
            if process.app_id == app.app_id:
                processes.request_stop(
                    connection,
                    process.process_id,
                    f"was stopped because {call.caller.name} deleted its application",
                    call.now,
                )
        # Those that wait for a process would be given one, which nobody could stop.
        rooms.destroy_all_of_app(connection, app.app_id, call.now)
    call.cloud.reconciler.wake()


def _change(app_id: str, values: dict[str, Any], call: Call) -> Application:
    with call.cloud.store.write() as connection:
        app = find_app(connection, call, app_id)
        if values.get("name", app.name) != app.name:
            check_name(connection, app.org_id, values["name"])
        if values:
            apps.change(connection, app_id, **values)
        changed = find_app(connection, call, app_id)
    call.cloud.reconciler.wake()
    return view(changed)


def _service_config(written: ServiceConfigWrite, call: Call) -> dict[str, Any]:
    settings = call.cloud.settings
    config = service_config.complete(
        written, most=len(settings.game_ports), served=settings.regions
    )
    return config.model_dump(mode="json")


def check_name(connection: Connection, org_id: str, name: str) -> None:
    """Raises UnprocessableEntity for a name that another app of the organization has."""
    if apps.find_by_name(connection, org_id, name) is not None:
        raise UnprocessableEntity(f"there is an app named {name!r} already")


def view(app: AppRecord) -> Application:
    """An application as callers see it."""
    return Application(
        app_id=app.app_id,
        app_name=app.name,
        app_secret=Secret(app.secret),
        org_id=app.org_id,
        auth_configuration=AuthConfiguration.model_validate(app.auth_configuration),
        service_config=(
            ApplicationServiceConfig.model_validate(app.service_config)
            if app.service_config is not None
            else None
        ),
        created_by=app.created_by,
        created_at=app.created_at,
        deleted_at=app.deleted_at,
        deleted_by=app.deleted_by,
    )


def _with_latest(
    connection: Connection, call: Call, app: AppRecord
) -> ApplicationWithLatestDeploymentAndBuild:
    latest = deployments.latest(connection, app.app_id)
    deployment = None
    if latest is not None:
        build = builds.get_by_key(connection, latest.build_key)
        assert build is not None
        deployment = DeploymentWithBuild.model_validate(
            {
                **dict(deployment_handlers.view(latest)),
                "build": build_handlers.view(build, call.cloud.builder),
            }
        )
    return ApplicationWithLatestDeploymentAndBuild.model_validate(
        {**dict(view(app)), "deployment": deployment}
    )
