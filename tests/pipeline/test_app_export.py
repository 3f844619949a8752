"""What people have saved of the API, in whatever form, becomes one export of an app."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.api.imports import AppExport
from hathora_deploy.pipeline.app_export import export_of, load_export
from hathora_deploy.pipeline.errors import ExportError

Json = dict[str, Any]

APP: Json = {
    "appId": "app-1",
    "appName": "arena",
    "appSecret": "secret-1",
    "authConfiguration": {"anonymous": {}, "google": {"clientId": "c"}},
    "orgId": "org-1",
    "createdBy": "google-oauth2|1070",
    "createdAt": "2024-01-01T00:00:00.000Z",
    "deletedAt": None,
    "deletedBy": None,
    "serviceConfig": None,
}
PORT: Json = {"name": "default", "port": 7777, "transportType": "udp"}
V3: Json = {
    "appId": "app-1",
    "deploymentId": "dep-2",
    "buildId": "bld-2",
    "buildTag": "v2",
    "deploymentTag": "season-2",
    "requestedCPU": 1.5,
    "requestedMemoryMB": 3072,
    "defaultContainerPort": PORT,
    "additionalContainerPorts": [],
    "roomsPerProcess": 4,
    "env": [{"name": "MOTD", "value": "hush"}],
    "idleTimeoutEnabled": False,
    "createdBy": "ci",
    "createdAt": "2024-03-02T00:00:00.000Z",
    "fleetId": "fleet-1",
}
BUILD: Json = {
    "orgId": "org-1",
    "buildId": "bld-2",
    "buildTag": "v2",
    "status": "succeeded",
    "imageSize": 5,
    "createdBy": "ann",
    "createdAt": "2024-03-01T00:00:00.000Z",
    "startedAt": "2024-03-01T00:00:01.000Z",
    "finishedAt": None,
    "deletedAt": None,
}
V2: Json = {
    **{key: V3[key] for key in V3 if key not in ("buildTag", "deploymentTag", "fleetId")},
    "deploymentId": 2,
    "buildId": 7,
}
V1: Json = {
    **{key: V2[key] for key in V2 if key not in ("idleTimeoutEnabled", "defaultContainerPort")},
    "planName": "tiny",
    "containerPort": 7777,
    "transportType": "udp",
}
V2_BUILD: Json = {
    **BUILD,
    "appId": "app-1",
    "buildId": 7,
    "buildTag": "from-v2",
    "regionalContainerTags": [],
}


def exported(*documents: Any, app: str | None = None) -> AppExport:
    return export_of(
        [(f"{number}.json", document) for number, document in enumerate(documents, 1)], app=app
    )


FORMS: dict[str, tuple[Any, ...]] = {
    "separate answers": (APP, {"deployments": [V3]}, {"builds": [BUILD]}),
    "arrays": ([APP], [V3], [BUILD]),
    "the list of apps": (
        {
            "applications": [
                {**APP, "deployment": {**V3, "build": BUILD}},
                {**APP, "appId": "app-2"},
            ]
        },
    ),
    "pages that overlap": (
        APP,
        {"deployments": [V3], "nextPageToken": "1"},
        {"deployments": [V3]},
        {"builds": [BUILD]},
    ),
    "one object": ({"application": APP, "deployments": [V3], "builds": [BUILD]},),
    "a deployment alone": (APP, V3, BUILD),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_api_tells_the_same(form: str) -> None:
    found = exported(*FORMS[form], app="app-1")

    assert found.application.app_secret.reveal() == "secret-1"
    assert found.application.auth_configuration.google is not None
    (deployment,) = found.deployments
    told = deployment.model_dump(mode="json")
    assert told == V3
    (build,) = found.builds
    assert (build.created_by, build.image_size) == ("ann", 5)


def test_what_is_saved_is_read_as_it_was(tmp_path: Path) -> None:
    found = exported(APP, [V3], [BUILD])
    (tmp_path / "app.json").write_text(found.model_dump_json(indent=2))

    assert load_export([tmp_path / "app.json"]) == found


def test_a_file_that_a_shell_of_windows_has_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text(json.dumps(APP), encoding="utf-16")

    assert load_export([tmp_path / "app.json"]).application.app_name == "arena"


@pytest.mark.parametrize("old", [V1, V2])
def test_the_numbers_of_earlier_versions_become_ids_of_the_app(old: Json) -> None:
    found = exported(APP, [old], [V2_BUILD])

    (deployment,) = found.deployments
    assert (deployment.deployment_id, deployment.build_id) == ("dep-1-2", "bld-1-7")
    assert deployment.default_container_port.model_dump(mode="json") == PORT
    assert deployment.idle_timeout_enabled is (old is V1)
    assert deployment.build_tag == "from-v2"
    assert [build.build_id for build in found.builds] == ["bld-1-7"]


def test_a_build_that_nobody_saved_is_known_by_its_deployment() -> None:
    (build,) = exported(APP, [V3]).builds

    assert (build.build_id, build.build_tag, build.status) == ("bld-2", "v2", "succeeded")


def test_deployments_come_newest_first_and_only_those_of_the_app() -> None:
    older = {**V3, "deploymentId": "dep-1", "createdAt": "2024-03-01T00:00:00Z"}
    other = {**V3, "deploymentId": "dep-3", "appId": "app-2"}

    found = exported(APP, [older, other, V3])

    assert [each.deployment_id for each in found.deployments] == ["dep-2", "dep-1"]


def changed(value: Any, *path: str | int, to: Any) -> Any:
    value = copy.deepcopy(value)
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return value


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ([{key: APP[key] for key in APP if key != "appSecret"}], "1.json: appSecret: Field required"),
        ([{"applications": [changed(APP, "appName", to="My App")]}], "1.json: applications[0].appName"),
        ([APP, [changed(V3, "requestedCPU", to="many")]], "2.json: [0].requestedCPU: "),
        (
            [{"application": APP, "deployments": [changed(V3, "env", 0, "name", to="1X")]}],
            "1.json: deployments[0].env[0].name: ",
        ),
        (
            [APP, {"deployments": [changed(V3, "defaultContainerPort", "transportType", to="quic")]}],
            "2.json: deployments[0].defaultContainerPort.transportType: 'quic' is not one of",
        ),
        ([APP, [{"hello": 1}]], "2.json: [0] is not of the API"),
        ([[V3]], "there is no application in it"),
        ([[APP, {**APP, "appId": "app-2"}]], "which app? There are"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_told_with_its_place(documents: list[Any], said: str) -> None:
    with pytest.raises(ExportError) as refused:
        exported(*documents)

    assert said in refused.value.message
    assert "hush" not in refused.value.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"appId": "app-1",\n "appName" 1}', "is not JSON: Expecting ':' delimiter, line 2"),
        (b"\xff\xff\xff", "is not JSON"),
        (b"<html>not found</html>", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'"app-1"', "is not of the API"),
    ],
)
def test_a_file_of_something_else_is_told_by_its_name(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "app.json"
    file.write_bytes(content)

    with pytest.raises(ExportError) as refused:
        load_export([file])

    assert str(file) in refused.value.message
    assert said in refused.value.message


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(ExportError, match=r"gone\.json cannot be read: No such file"):
        load_export([Path("gone.json")])
