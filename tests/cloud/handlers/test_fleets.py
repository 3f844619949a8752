from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.fleets import AutoscalerConfig, FleetV2, NodeShapeId
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from tests.cloud.handlers.conftest import Running, deploy, some_name

THRESHOLD = AutoscalerConfig(scale_up_threshold=80)


def new_fleet(client: HathoraCloud, name: str | None = None) -> FleetV2:
    return client.fleets_v2.create_fleet(
        name=name or some_name(),
        autoscaler_config=THRESHOLD,
        node_shape_id=NodeShapeId.SHAPE_AMD64_8_32,
    )


def default_fleet(client: HathoraCloud) -> str:
    (org,) = client.organizations_v1.get_orgs().orgs
    assert org.default_fleet_id is not None
    return org.default_fleet_id


def test_an_organization_begins_with_a_fleet_and_says_which(client: HathoraCloud) -> None:
    fleet = client.fleets_v2.get_fleet(fleet_id=default_fleet(client))

    assert fleet.name == "local"
    assert fleet.autoscaler_config is None
    assert client.fleets_v2.get_fleets().fleets[0] == fleet


def test_a_fleet_is_created_found_and_listed(client: HathoraCloud) -> None:
    fleet = new_fleet(client, name := some_name())

    assert fleet.name == name
    assert fleet.autoscaler_config == THRESHOLD
    assert fleet.node_shape_id == "shape-amd64-8-32"
    assert client.fleets_v2.get_fleet(fleet_id=fleet.fleet_id) == fleet
    assert fleet in client.fleets_v2.get_fleets().fleets


def test_what_is_left_out_of_a_change_stays_as_it_is(client: HathoraCloud) -> None:
    fleet = new_fleet(client)
    more = AutoscalerConfig(scale_up_threshold=90)

    client.fleets_v2.update_fleet(fleet_id=fleet.fleet_id, autoscaler_config=more)
    changed = client.fleets_v2.get_fleet(fleet_id=fleet.fleet_id)
    assert changed == fleet.model_copy(update={"autoscaler_config": more})

    client.fleets_v2.update_fleet(
        fleet_id=fleet.fleet_id,
        autoscaler_config=more,
        name=(name := some_name()),
        node_shape_id=NodeShapeId.SHAPE_L4_2,
    )
    changed = client.fleets_v2.get_fleet(fleet_id=fleet.fleet_id)
    assert (changed.name, changed.node_shape_id) == (name, "shape-l4-2")


def test_no_two_fleets_of_an_organization_have_the_same_name(
    running: Running, client: HathoraCloud
) -> None:
    fleet, other = new_fleet(client), new_fleet(client)

    with pytest.raises(UnprocessableEntity, match="there is a fleet named"):
        new_fleet(client, fleet.name)
    with pytest.raises(UnprocessableEntity, match="there is a fleet named"):
        client.fleets_v2.update_fleet(
            fleet_id=other.fleet_id, name=fleet.name, autoscaler_config=THRESHOLD
        )
    client.fleets_v2.update_fleet(
        fleet_id=fleet.fleet_id, name=fleet.name, autoscaler_config=THRESHOLD
    )
    assert new_fleet(running.other_org(), fleet.name).name == fleet.name


@pytest.mark.parametrize("threshold", [-1, 0, 101])
def test_a_threshold_is_a_percentage(client: HathoraCloud, threshold: int) -> None:
    wrong = AutoscalerConfig(scale_up_threshold=threshold)

    with pytest.raises(UnprocessableEntity, match="scaleUpThreshold"):
        client.fleets_v2.create_fleet(
            name=some_name(),
            autoscaler_config=wrong,
            node_shape_id=NodeShapeId.SHAPE_AMD64_4_8,
        )
    with pytest.raises(UnprocessableEntity, match="scaleUpThreshold"):
        client.fleets_v2.update_fleet(fleet_id=default_fleet(client), autoscaler_config=wrong)


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_fleet_has_a_name_that_is_not_too_long(client: HathoraCloud, name: str) -> None:
    with pytest.raises(UnprocessableEntity, match="name"):
        client.fleets_v2.create_fleet(
            name=name, autoscaler_config=THRESHOLD, node_shape_id=NodeShapeId.SHAPE_AMD64_4_8
        )


def test_a_fleet_keeps_the_baseline_that_was_set_for_a_region(client: HathoraCloud) -> None:
    fleet = new_fleet(client)
    before = client.fleets_v2.get_fleet_region(fleet_id=fleet.fleet_id, region=Region.TOKYO)

    client.fleets_v2.update_fleet_region(
        fleet_id=fleet.fleet_id, region=Region.TOKYO, node_baseline=2
    )
    client.fleets_v2.update_fleet_region(
        fleet_id=fleet.fleet_id, region=Region.TOKYO, node_baseline=3
    )

    after = client.fleets_v2.get_fleet_region(fleet_id=fleet.fleet_id, region=Region.TOKYO)
    other = client.fleets_v2.get_fleet_region(fleet_id=fleet.fleet_id, region=Region.DUBAI)
    assert (before.node_baseline, before.cloud_min_vcpus) == (0, 0)
    assert (after.node_baseline, after.cloud_min_vcpus, after.scale_increment_vcpus) == (3, 24, 8)
    assert before.cloud_min_vcpus_updated_at < after.cloud_min_vcpus_updated_at
    assert after.cloud_min_vcpus_updated_at <= datetime.now(UTC)
    assert other == before


@pytest.mark.parametrize("baseline", [-1, 11, 2**70])
def test_a_baseline_is_a_number_of_nodes_that_an_organization_may_have(
    client: HathoraCloud, baseline: int
) -> None:
    with pytest.raises(UnprocessableEntity, match="nodeBaseline"):
        client.fleets_v2.update_fleet_region(
            fleet_id=default_fleet(client), region=Region.TOKYO, node_baseline=baseline
        )


def test_a_fleet_of_another_organization_is_not_found(
    running: Running, client: HathoraCloud
) -> None:
    fleet_id = new_fleet(client).fleet_id
    other = running.other_org()

    with pytest.raises(NotFound):
        other.fleets_v2.get_fleet(fleet_id=fleet_id)
    with pytest.raises(NotFound):
        other.fleets_v2.update_fleet(fleet_id=fleet_id, autoscaler_config=THRESHOLD)
    with pytest.raises(NotFound):
        other.fleets_v2.update_fleet_region(fleet_id=fleet_id, region=Region.TOKYO, node_baseline=1)
    with pytest.raises(NotFound):
        other.fleets_v2.get_fleets(org_id=client.organizations_v1.get_orgs().orgs[0].org_id)
    assert [fleet.name for fleet in other.fleets_v2.get_fleets().fleets] == ["local"]


def test_a_deployment_belongs_to_the_fleet_that_it_names_or_to_the_default(
    client: HathoraCloud,
) -> None:
    fleet_id = new_fleet(client).fleet_id

    assert deploy(client).fleet_id == default_fleet(client)
    assert deploy(client, fleet_id=fleet_id).fleet_id == fleet_id
    process = client.processes_v3.create_process(region=Region.TOKYO)
    assert process.fleet_id == fleet_id


def test_a_deployment_cannot_name_a_fleet_of_another_organization(
    running: Running, client: HathoraCloud
) -> None:
    with pytest.raises(UnprocessableEntity, match="fleetId"):
        deploy(client, fleet_id=new_fleet(running.other_org()).fleet_id)


def test_every_shape_of_the_contract_is_listed(client: HathoraCloud) -> None:
    listed = client.fleets_v2.get_node_shapes()

    assert [shape.node_shape_id for shape in listed] == list(NodeShapeId)
