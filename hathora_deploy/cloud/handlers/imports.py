"""ImportsV1: applications that come from other clouds."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.errors import Conflict, Unauthorized, UnprocessableEntity
from hathora_deploy.api.imports import (
    ExportedApp,
    ExportedBuild,
    ExportedDeployment,
    ImportApp,
    ImportedApp,
)
from hathora_deploy.cloud import ids, permissions
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import (
    apps as app_handlers,
    deployments as deployment_handlers,
    service_config,
)
from hathora_deploy.cloud.handlers.fleets import choose_fleet
from hathora_deploy.cloud.handlers.ownership import check_org
from hathora_deploy.cloud.handlers.variables import check_text, check_variables
from hathora_deploy.cloud.state import apps, builds, deployments, fleets
from hathora_deploy.cloud.state.apps import AppRecord
from hathora_deploy.cloud.state.builds import BuildRecord
from hathora_deploy.cloud.state.deployments import DeploymentRecord

_LONGEST_SECRET: Final = 1000


def import_app(operation: ImportApp, call: Call) -> ImportedApp:
    """All of it or nothing. An app that is here stays as it is; one that was deleted comes back."""
    org_id = check_org(call, operation.org_id)
    if not call.caller.grants[org_id] >= permissions.ALL:
        raise Unauthorized("an import writes history: it takes the token of an admin")
    _check(operation)
    with call.cloud.store.write() as connection:
        app = _known(connection, org_id, operation.application)
        if app is not None and app.deleted_at is None:
            return ImportedApp(
                application=app_handlers.view(app), is_new=False, deployments=0, builds=0
            )
        app = _take_app(connection, org_id, operation.application, app, call)
        keys = _take_builds(connection, org_id, operation.builds, call)
        _take_deployments(connection, org_id, operation.deployments, keys)
    call.cloud.reconciler.wake()
    return ImportedApp(
        application=app_handlers.view(app),
        is_new=True,
        deployments=len(operation.deployments),
        builds=len(operation.builds),
    )


def _oldest_first(exported: Iterable[ExportedDeployment]) -> list[ExportedDeployment]:
    """In the order they were made; of the same moment, the last first, as the lists of the API have them."""
    newest_first = sorted(exported, key=lambda each: each.created_at, reverse=True)
    return newest_first[::-1]


def _check(operation: ImportApp) -> None:
    """What the declared limits cannot say. Raises UnprocessableEntity, with the place."""
    exported = operation.application
    check_text("application.appSecret", exported.app_secret.reveal())
    if not 1 <= len(exported.app_secret.reveal()) <= _LONGEST_SECRET:
        raise UnprocessableEntity(
            f"application.appSecret: it has 1 to {_LONGEST_SECRET} characters"
        )
    _check_unique("builds", (each.build_id for each in operation.builds))
    _check_unique("deployments", (each.deployment_id for each in operation.deployments))
    known = {each.build_id for each in operation.builds}
    for index, deployment in enumerate(operation.deployments):
        place = f"deployments[{index}]"
        if deployment.app_id != exported.app_id:
            raise UnprocessableEntity(f"{place}.appId: {deployment.app_id} is another app")
        if deployment.build_id not in known:
            raise UnprocessableEntity(f"{place}.buildId: {deployment.build_id} is not in builds")
        try:
            deployment_handlers.check_resources(deployment)
            deployment_handlers.check_ports(deployment.additional_container_ports)
            check_variables(deployment.env)
        except UnprocessableEntity as error:
            raise UnprocessableEntity(f"{place}.{error.message}") from None


def _check_unique(place: str, found: Iterable[str]) -> None:
    for name, count in Counter(found).items():
        if count > 1:
            raise UnprocessableEntity(f"{place}: {name} stands in it {count} times")


def _known(connection: Connection, org_id: str, exported: ExportedApp) -> AppRecord | None:
    """The app, deleted or not, if it has been here. Raises Conflict for another one of its id."""
    found = apps.recall(connection, exported.app_id)
    if found is None:
        return None
    is_same = hmac.compare_digest(found.secret.encode(), exported.app_secret.reveal().encode())
    if found.org_id != org_id or not is_same:
        # The same words for an app of somebody else: nobody learns that they have its secret.
        raise Conflict(
            f"there is another app {exported.app_id} on this cloud, with a secret of its own"
        )
    return found


def _take_app(
    connection: Connection,
    org_id: str,
    exported: ExportedApp,
    deleted: AppRecord | None,
    call: Call,
) -> AppRecord:
    app_handlers.check_name(connection, org_id, exported.app_name)
    values: dict[str, Any] = {
        "name": exported.app_name,
        "auth_configuration": exported.auth_configuration.model_dump(mode="json"),
        "service_config": None,
    }
    if exported.service_config is not None:
        settings = call.cloud.settings
        config = service_config.fitted(
            exported.service_config, most=len(settings.game_ports), served=settings.regions
        )
        values["service_config"] = config.model_dump(mode="json")
    app = AppRecord(
        app_id=exported.app_id,
        org_id=org_id,
        secret=exported.app_secret.reveal(),
        created_at=exported.created_at or call.now,
        created_by=exported.created_by or call.caller.name,
        **values,
    )
    if deleted is None:
        apps.add(connection, app)
    else:
        apps.change(connection, app.app_id, **values, deleted_at=None, deleted_by=None)
    return app


def _take_builds(
    connection: Connection, org_id: str, exported: Sequence[ExportedBuild], call: Call
) -> Mapping[str, str]:
    """The key of each by its id. Apps may share one that has no files; one that has them here may be
    another, and keeps the id."""
    known = builds.with_ids(connection, org_id, [each.build_id for each in exported])
    shared = {build.build_id: build.key for build in known.values() if build.expired_at is not None}
    new = [
        _build_record(org_id, each, call, is_known=each.build_id in known)
        for each in exported
        if each.build_id not in shared
    ]
    builds.add_all(connection, new)
    return shared | {build.build_id: build.key for build in new}


def _build_record(
    org_id: str, exported: ExportedBuild, call: Call, *, is_known: bool
) -> BuildRecord:
    # Nothing goes on with a build that was not finished there.
    has_succeeded = exported.status == BuildStatus.SUCCEEDED
    return BuildRecord(
        key=ids.new_build_key(),
        org_id=org_id,
        build_id=exported.build_id,
        tag=exported.build_tag,
        status=BuildStatus.SUCCEEDED if has_succeeded else BuildStatus.FAILED,
        archive_size=0,
        image_size=exported.image_size,
        created_at=exported.created_at,
        created_by=exported.created_by,
        started_at=exported.started_at,
        finished_at=exported.finished_at,
        expired_at=call.now,
        deleted_at=call.now if is_known else None,
    )


def _take_deployments(
    connection: Connection,
    org_id: str,
    exported: Sequence[ExportedDeployment],
    keys: Mapping[str, str],
) -> None:
    """Those that are here from an earlier import stay. Raises Conflict for one of another app."""
    known = deployments.apps_of(connection, [each.deployment_id for each in exported])
    for each in exported:
        if known.get(each.deployment_id, each.app_id) != each.app_id:
            raise Conflict(f"there is a deployment {each.deployment_id} of another app")
    new = [each for each in _oldest_first(exported) if each.deployment_id not in known]
    # A fleet that is only there would stand in the way of whoever deploys with the same settings.
    here = {fleet.fleet_id for fleet in fleets.of_org(connection, org_id)}
    default = choose_fleet(connection, org_id, None)
    deployments.add_all(
        connection,
        [
            _deployment_record(
                each,
                build_key=keys[each.build_id],
                fleet_id=each.fleet_id if each.fleet_id in here else default,
            )
            for each in new
        ],
    )


def _deployment_record(
    exported: ExportedDeployment, *, build_key: str, fleet_id: str | None
) -> DeploymentRecord:
    port = exported.default_container_port
    additional = exported.additional_container_ports
    return DeploymentRecord(
        deployment_id=exported.deployment_id,
        app_id=exported.app_id,
        build_key=build_key,
        build_id=exported.build_id,
        build_tag=exported.build_tag,
        tag=exported.deployment_tag,
        fleet_id=fleet_id,
        requested_cpu=exported.requested_cpu,
        requested_memory_mb=exported.requested_memory_mb,
        requested_gpu=exported.requested_gpu or exported.experimental_requested_gpu,
        rooms_per_process=exported.rooms_per_process,
        idle_timeout_enabled=exported.idle_timeout_enabled,
        container_port=port.port,
        transport_type=port.transport_type,
        additional_container_ports=[each.model_dump(mode="json") for each in additional],
        env=[variable.model_dump(mode="json") for variable in exported.env],
        created_at=exported.created_at,
        created_by=exported.created_by,
    )
