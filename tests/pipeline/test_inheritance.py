from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

import pytest

from hathora_deploy.api.deployments import DeploymentV3, EnvironmentVariable
from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.dockerfile import ExposedPort
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.errors import PlanError
from hathora_deploy.pipeline.plan import Plan, plan_deploy
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.secret import Secret

QUERY = ContainerPort(name="query", port=27016, transport_type=TransportType.UDP)
LATEST = DeploymentV3(
    app_id="app-1",
    build_id="build-1",
    deployment_id="dep-1",
    deployment_tag="v1",
    requested_cpu=2.5,
    requested_memory_mb=4096,
    requested_gpu=1,
    created_by="somebody",
    created_at=datetime(2026, 11, 1, tzinfo=UTC),
    default_container_port=ContainerPort(
        name="default", port=8000, transport_type=TransportType.TLS
    ),
    additional_container_ports=[QUERY],
    rooms_per_process=40,
    env=[
        EnvironmentVariable(name="LEVEL", value=Secret("a=b,c")),
        EnvironmentVariable(name="KEY", value=Secret("old")),
    ],
    idle_timeout_enabled=False,
    fleet_id="fleet-1",
)
EXPOSED = (ExposedPort(7777, "udp"), ExposedPort(9000, "tcp"))


def plan(latest: DeploymentV3 | None = LATEST, **given: object) -> Plan:
    settings = DeploySettings(from_latest=True, **given)  # type: ignore[arg-type]  # of each test
    return plan_deploy(settings, exposed=EXPOSED, revision=Revision(sha="abc"), latest=latest)


def test_every_field_but_the_tag_is_that_of_the_latest_deployment() -> None:
    spec = plan().deployment
    there = DeploymentSpec.of(LATEST)
    different = [
        each.name
        for each in fields(DeploymentSpec)
        if getattr(spec, each.name) != getattr(there, each.name)
    ]
    assert different == ["deployment_tag"]
    assert spec.deployment_tag == "abc"


def test_what_is_given_wins_and_variables_are_merged_by_name() -> None:
    made = plan(requested_cpu=1, idle_timeout_enabled=True, env={"KEY": Secret("new")})
    spec = made.deployment
    assert (spec.requested_cpu, spec.idle_timeout_enabled, spec.rooms_per_process) == (1, True, 40)
    assert {name: value.reveal() for name, value in spec.env.items()} == {
        "LEVEL": "a=b,c",
        "KEY": "new",
    }
    assert made.origins["requested_cpu"] == "given"
    assert made.origins["rooms_per_process"] == "deployment dep-1"
    assert (made.origins["env.LEVEL"], made.origins["env.KEY"]) == ("deployment dep-1", "given")


def test_a_deployment_without_further_ports_hands_down_that_it_has_none() -> None:
    bare = LATEST.model_copy(update={"additional_container_ports": []})
    assert plan(bare).deployment.additional_container_ports == ()


def test_where_there_is_no_deployment_yet_the_defaults_hold_and_a_warning_says_so() -> None:
    made = plan(latest=None)
    assert (made.deployment.container_port, made.deployment.requested_cpu) == (7777, 0.5)
    assert any("no deployment yet" in warning for warning in made.warnings)
    assert made.origins["requested_cpu"] == "default"


def test_what_the_latest_deployment_has_is_checked_as_well() -> None:
    with pytest.raises(PlanError, match="requested_cpu 16 is not between"):
        plan(LATEST.model_copy(update={"requested_cpu": 16}))


def test_a_deployment_is_what_was_asked_for_whichever_fleet_the_cloud_chose() -> None:
    there = DeploymentSpec.of(LATEST)
    assert there.is_of(LATEST)
    assert there.is_of(LATEST.model_copy(update={"fleet_id": "fleet-1"}))
    assert not there.is_of(LATEST.model_copy(update={"fleet_id": "fleet-2"}))
    assert plan(latest=None).deployment.fleet_id is None
    assert not plan(latest=None).deployment.is_of(LATEST)
