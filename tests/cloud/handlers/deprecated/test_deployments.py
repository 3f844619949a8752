from __future__ import annotations

import pytest

from hathora_deploy.api.deprecated.deployments_v1 import PlanName
from hathora_deploy.cloud.handlers.deprecated.deployments_v1 import plan_for
from tests.cloud.handlers.conftest import Running
from tests.cloud.handlers.deprecated.conftest import SETTINGS, OldClient


def test_a_build_is_deployed_by_its_number(old: OldClient) -> None:
    number = old.built()

    first = old.post(f"/deployments/v2/{{app}}/create/{number}", 201, json=SETTINGS)
    second = old.post(f"/deployments/v2/{{app}}/create/{number}", 201, json=SETTINGS)

    assert first["buildId"] == number
    assert second["deploymentId"] > first["deploymentId"]
    assert first["defaultContainerPort"] == {
        "name": "default",
        "port": 7777,
        "transportType": "udp",
    }
    assert first["env"] == SETTINGS["env"]
    assert old.get("/deployments/v2/{app}/latest") == second
    assert old.get(f"/deployments/v2/{{app}}/info/{first['deploymentId']}") == first
    assert old.get("/deployments/v2/{app}/list") == [second, first]


def test_a_deployment_of_today_is_seen_by_its_number(running: Running, old: OldClient) -> None:
    deployment = old.deployed()
    today = running.client_with(app_id=old.app_id).deployments_v3

    latest = today.get_latest_deployment()

    assert latest.deployment_id.startswith("dep-")
    assert latest.build_tag == "1.0"
    assert latest.requested_cpu == deployment["requestedCPU"]


def test_the_first_version_names_a_plan_instead_of_cores_and_memory(old: OldClient) -> None:
    number = old.built()
    settings = {
        "env": [],
        "roomsPerProcess": 1,
        "planName": "small",
        "transportType": "udp",
        "containerPort": 7777,
    }

    made = old.post(f"/deployments/v1/{{app}}/create/{number}", 201, json=settings)

    assert made["planName"] == "small"
    assert (made["requestedCPU"], made["requestedMemoryMB"]) == (1, 2048)
    assert (made["containerPort"], made["transportType"]) == (7777, "udp")
    assert made["idleTimeoutEnabled"] is True
    assert old.get("/deployments/v1/{app}/latest") == made
    assert old.get(f"/deployments/v1/{{app}}/info/{made['deploymentId']}") == made
    assert old.get("/deployments/v1/{app}/list") == [made]


@pytest.mark.parametrize(
    ("cpu", "memory_mb", "plan"),
    [
        (0.25, 512, PlanName.TINY),
        (0.5, 1024, PlanName.TINY),
        (0.5, 1025, PlanName.SMALL),
        (2, 1024, PlanName.MEDIUM),
        (4, 8192, PlanName.LARGE),
        (16, 65536, PlanName.LARGE),
    ],
)
def test_a_deployment_of_any_size_has_the_plan_that_has_as_much(
    cpu: float, memory_mb: int, plan: PlanName
) -> None:
    assert plan_for(cpu, memory_mb) == plan


def test_a_build_that_is_not_there_cannot_be_deployed(old: OldClient) -> None:
    answer = old.send("POST", "/deployments/v2/{app}/create/999999", json=SETTINGS)

    assert answer.status_code == 404
    assert "no build 999999" in answer.json()["message"]


def test_the_deployments_of_another_organization_are_not_found(
    old: OldClient, stranger: OldClient
) -> None:
    number = old.deployed()["deploymentId"]

    for path in (
        f"/deployments/v1/{{app}}/info/{number}",
        f"/deployments/v2/{{app}}/info/{number}",
        "/deployments/v1/{app}/list",
        "/deployments/v2/{app}/latest",
        f"/logs/v1/{{app}}/deployment/{number}",
        "/logs/v1/{app}/all",
    ):
        assert stranger.send("GET", path).status_code == 404, path
