from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.fleets import FleetMetricName, FleetMetricsData
from hathora_deploy.api.network import MetricValue, Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.state import processes
from hathora_deploy.cloud.state.processes import ProcessRecord
from tests.cloud.handlers.conftest import Running, deploy
from tests.cloud.handlers.test_fleets import new_fleet

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
HOUR = 3600


@pytest.fixture
def fleet_id(running: Running, client: HathoraCloud) -> str:
    """Two processes of half a vCPU ran in it, for an hour after noon and for half of one."""
    fleet = new_fleet(client)
    deployment = deploy(client, fleet_id=fleet.fleet_id)
    with running.cloud.store.write() as connection:
        for region, minutes in ((Region.TOKYO, 60), (Region.DUBAI, 30)):
            processes.add(
                connection,
                ProcessRecord(
                    process_id=f"{fleet.fleet_id}-{region}",
                    app_id=deployment.app_id,
                    deployment_id=deployment.deployment_id,
                    region=region,
                    status=ProcessStatus.STOPPED,
                    created_at=NOON,
                    booted_at=NOON,
                    terminated_at=NOON + timedelta(minutes=minutes),
                ),
            )
    return fleet.fleet_id


def points(values: list[MetricValue] | None) -> list[tuple[float, float]]:
    """By the hours from noon."""
    assert values is not None
    return [((point.timestamp - NOON.timestamp()) / HOUR, point.value) for point in values]


def afternoon(
    client: HathoraCloud, fleet_id: str, region: Region | None = None
) -> FleetMetricsData:
    start = NOON.timestamp() - HOUR
    if region is None:
        return client.fleets_v2.get_fleet_metrics(
            fleet_id=fleet_id, start=start, end=start + 3 * HOUR, step=HOUR
        )
    return client.fleets_v2.get_fleet_region_metrics(
        fleet_id=fleet_id, region=region, start=start, end=start + 3 * HOUR, step=HOUR
    )


def test_what_processes_asked_for_is_shown_by_time_and_by_region(
    client: HathoraCloud, fleet_id: str
) -> None:
    everywhere = afternoon(client, fleet_id)
    in_dubai = afternoon(client, fleet_id, Region.DUBAI)
    in_london = afternoon(client, fleet_id, Region.LONDON)

    assert points(everywhere.utilized) == [(-1, 0), (0, 0.75), (1, 0)]
    assert points(in_dubai.utilized) == [(-1, 0), (0, 0.25), (1, 0)]
    assert points(in_london.utilized) == [(-1, 0), (0, 0), (1, 0)]


def test_the_capacity_is_this_machine_since_its_cloud_has_come_up(
    client: HathoraCloud, fleet_id: str
) -> None:
    before = afternoon(client, fleet_id)
    now = datetime.now(UTC).timestamp()
    shown = client.fleets_v2.get_fleet_metrics(fleet_id=fleet_id, start=now - HOUR, end=now)
    in_london = client.fleets_v2.get_fleet_region_metrics(
        fleet_id=fleet_id, region=Region.LONDON, start=now - HOUR, end=now
    )
    (node,) = client.nodes_v1.list_provisioned_nodes(fleet_id=fleet_id)

    assert before.provisioned_total == []
    assert shown.provisioned_total
    assert {point.value for point in shown.provisioned_total} == {node.cpu}
    assert shown.provisioned_bare_metal == shown.provisioned_total
    assert in_london.provisioned_total == shown.provisioned_total
    for nothing in (shown.provisioned_cloud, shown.system_overhead):
        assert nothing
        assert {point.value for point in nothing} == {0}


def test_nothing_is_told_of_the_future(client: HathoraCloud, fleet_id: str) -> None:
    now = datetime.now(UTC).timestamp()

    coming = client.fleets_v2.get_fleet_metrics(
        fleet_id=fleet_id, start=now + HOUR, end=now + 2 * HOUR
    )
    partly = client.fleets_v2.get_fleet_metrics(fleet_id=fleet_id, start=now - HOUR, end=now + HOUR)

    assert (coming.utilized, coming.provisioned_total) == ([], [])
    assert partly.utilized
    assert partly.utilized[-1].timestamp <= datetime.now(UTC).timestamp()


def test_with_names_only_those_metrics_are_shown(client: HathoraCloud, fleet_id: str) -> None:
    named = client.fleets_v2.get_fleet_metrics(
        fleet_id=fleet_id, metrics=[FleetMetricName.UTILIZED]
    )

    assert set(named.model_dump(by_alias=True)) == {"utilized"}


def test_a_time_that_cannot_be_shown_is_refused(client: HathoraCloud, fleet_id: str) -> None:
    with pytest.raises(UnprocessableEntity, match="step"):
        client.fleets_v2.get_fleet_metrics(fleet_id=fleet_id, step=0)
    with pytest.raises(UnprocessableEntity, match="longer step"):
        client.fleets_v2.get_fleet_region_metrics(fleet_id=fleet_id, region=Region.TOKYO, start=0)


def test_the_metrics_of_a_fleet_of_another_organization_are_not_found(
    running: Running, fleet_id: str
) -> None:
    other = running.other_org()

    with pytest.raises(NotFound):
        other.fleets_v2.get_fleet_metrics(fleet_id=fleet_id)
    with pytest.raises(NotFound):
        other.fleets_v2.get_fleet_region_metrics(fleet_id=fleet_id, region=Region.TOKYO)
