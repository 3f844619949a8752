"""All that there is of an app, from a cloud or from what was saved, as another cloud takes it over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.imports import AppExport, ExportedApp, ExportedBuild, ExportedDeployment
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.app_records import Kind, Record, records_in
from hathora_deploy.pipeline.errors import ExportError


def read_export(cloud: HathoraCloud, app_id: str) -> AppExport:
    """Of an app that a cloud has. Raises ExportError for one that no cloud can take over."""
    app = cloud.apps_v2.get_app(app_id=app_id)
    deployments = cloud.deployments_v3.deployments(app_id=app_id)
    builds = cloud.builds_v3.get_builds(org_id=app.org_id).builds
    said = {
        "application": app.model_dump(mode="json"),
        "deployments": [each.model_dump(mode="json") for each in deployments],
        "builds": [each.model_dump(mode="json") for each in builds],
    }
    return export_of([(cloud.endpoint, said)])


def load_export(files: Sequence[Path], *, app: str | None = None) -> AppExport:
    """Of files, each of which has all of it or a part. Raises ExportError."""
    return export_of([(str(file), _loaded(file)) for file in files], app=app)


def export_of(documents: Sequence[tuple[str, Any]], *, app: str | None = None) -> AppExport:
    """Of JSON in any form that the API has; of several apps, the one of that id or name.

    Each document comes with the name of its source. What stands in several is taken from the first.
    Raises ExportError, with the place of what is wrong.
    """
    records = [record for source, value in documents for record in records_in(source, value)]
    application = _chosen(records, app).read(ExportedApp)
    app_id = application.app_id
    own = {
        (each.kind, each.id_within(app_id)): each
        for each in reversed(records)
        if each.is_of(app_id)
    }
    deployments = [
        record.read(ExportedDeployment, app_id=app_id)
        for (kind, _), record in own.items()
        if kind is Kind.DEPLOYMENT
    ]
    builds = {
        each.build_id: own[Kind.BUILD, each.build_id].read(ExportedBuild, app_id=app_id)
        if (Kind.BUILD, each.build_id) in own
        else _presumed_build(each)
        for each in deployments
    }
    tagged = [_with_build_tag(each, builds[each.build_id]) for each in deployments]
    return AppExport(
        application=application,
        deployments=sorted(tagged, key=lambda each: each.created_at, reverse=True),
        builds=list(builds.values()),
    )


def _loaded(file: Path) -> Any:
    try:
        # Of bytes: what a shell of Windows has written to a file is UTF-16.
        return json.loads(file.read_bytes())
    except OSError as error:
        raise ExportError(f"{file} cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ExportError(f"{file} is not JSON: {error.msg}, {place}") from None
    except (UnicodeDecodeError, RecursionError):
        raise ExportError(f"{file} is not JSON") from None


def _chosen(records: Sequence[Record], app: str | None) -> Record:
    apps = {each.value.get("appId"): each for each in reversed(records) if each.kind is Kind.APP}
    wanted = [
        each
        for each in apps.values()
        if app in (None, each.value.get("appId"), each.value.get("appName"))
    ]
    if len(wanted) == 1:
        return wanted[0]
    listed = ", ".join(f"{each.value['appName']} ({app_id})" for app_id, each in apps.items())
    if not apps:
        raise ExportError(
            "there is no application in it, with its appSecret",
            hint="save what GET /apps/v2/apps/{appId} answers, and name that file too",
        )
    raise ExportError(
        f"which app? There are {listed}" if app is None else f"there is no app {app}, but {listed}",
        hint="pass --app-id",
    )


def _presumed_build(deployment: ExportedDeployment) -> ExportedBuild:
    """The build of a deployment, of which nothing else is known: it was deleted there, or not saved."""
    return ExportedBuild(
        build_id=deployment.build_id,
        status=BuildStatus.SUCCEEDED,
        created_by=deployment.created_by,
        created_at=deployment.created_at,
        build_tag=deployment.build_tag,
    )


def _with_build_tag(deployment: ExportedDeployment, build: ExportedBuild) -> ExportedDeployment:
    return deployment.model_copy(update={"build_tag": deployment.build_tag or build.build_tag})
