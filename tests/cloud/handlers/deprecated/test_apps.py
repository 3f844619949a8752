from __future__ import annotations

import uuid

from tests.cloud.handlers.deprecated.conftest import OldClient


def test_an_app_is_made_changed_and_deleted_at_the_addresses_of_the_first_version(
    old: OldClient,
) -> None:
    name = f"old-{uuid.uuid4().hex[:8]}"
    made = old.post(
        "/apps/v1/create", 201, json={"appName": name, "authConfiguration": {"anonymous": {}}}
    )
    app_id = made["appId"]

    changed = old.post(
        f"/apps/v1/update/{app_id}", json={"appName": f"{name}-2", "authConfiguration": {}}
    )

    assert made["authConfiguration"] == {"anonymous": {}}
    assert changed["appName"] == f"{name}-2"
    assert old.get(f"/apps/v1/info/{app_id}") == changed
    assert app_id in [app["appId"] for app in old.get("/apps/v1/list")]
    assert old.send("DELETE", f"/apps/v1/delete/{app_id}").status_code == 204
    assert old.send("GET", f"/apps/v1/info/{app_id}").status_code == 404


def test_an_update_by_the_first_version_leaves_the_static_processes_it_does_not_know(
    old: OldClient,
) -> None:
    allocation = {"region": "London", "minProcesses": 0, "targetProcesses": 0, "maxProcesses": 1}
    config = {"staticProcessAllocation": [allocation]}
    kept = old.send("PATCH", "/apps/v2/apps/{app}", json={"serviceConfig": config}).json()

    changed = old.post(
        "/apps/v1/update/{app}", json={"appName": kept["appName"], "authConfiguration": {}}
    )

    assert changed["serviceConfig"] == kept["serviceConfig"] == config


def test_the_list_of_apps_tells_deployments_and_builds_by_their_numbers(old: OldClient) -> None:
    deployment = old.deployed()

    (app,) = (app for app in old.get("/apps/v1/list") if app["appId"] == old.app_id)

    assert app["deployment"].pop("build") == old.get(
        f"/builds/v1/{{app}}/info/{deployment['buildId']}"
    )
    assert app["deployment"] == deployment


def test_the_apps_of_another_organization_are_not_found(
    old: OldClient, stranger: OldClient
) -> None:
    assert stranger.send("GET", "/apps/v1/info/{app}").status_code == 404
    assert stranger.send("DELETE", "/apps/v1/delete/{app}").status_code == 404
    assert stranger.get("/apps/v1/list") == []
