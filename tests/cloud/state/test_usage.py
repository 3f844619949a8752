"""The past of processes is found by its time, its organization, its fleet and its region."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud import organization
from hathora_deploy.cloud.state import orgs, processes
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.tables import apps, builds, deployments
from hathora_deploy.cloud.state.usage import Span, spans_of_fleet, spans_of_org

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    with store.write() as connection:
        yield connection


def new_deployment(connection: Connection, *, vcpus: float) -> str:
    """Of an organization that is new, whose id is returned."""
    org = organization.found(connection, name="studio", now=NOON)
    made = {"created_at": NOON, "created_by": "test"}
    connection.execute(
        insert(apps).values(
            app_id=f"app-{org.org_id}",
            org_id=org.org_id,
            name="game",
            secret="secret-1",
            auth_configuration={},
            **made,
        )
    )
    connection.execute(
        insert(builds).values(
            key=f"key-{org.org_id}",
            org_id=org.org_id,
            build_id="bld-1",
            status="succeeded",
            archive_size=1,
            **made,
        )
    )
    connection.execute(
        insert(deployments).values(
            deployment_id=f"dep-{org.org_id}",
            app_id=f"app-{org.org_id}",
            build_key=f"key-{org.org_id}",
            build_id="bld-1",
            fleet_id=org.default_fleet_id,
            requested_cpu=vcpus,
            requested_memory_mb=512,
            rooms_per_process=1,
            idle_timeout_enabled=False,
            container_port=7777,
            transport_type="udp",
            additional_container_ports=[],
            env=[],
            **made,
        )
    )
    return org.org_id


def add_process(
    connection: Connection,
    org_id: str,
    booted: float | None,
    ended: float | None,
    region: str = "Tokyo",
) -> None:
    """Times are in hours from noon."""

    def moment(hours: float | None) -> datetime | None:
        return None if hours is None else NOON + timedelta(hours=hours)

    processes.add(
        connection,
        ProcessRecord(
            process_id=f"{org_id}-{booted}-{ended}-{region}",
            app_id=f"app-{org_id}",
            deployment_id=f"dep-{org_id}",
            region=region,
            status=ProcessStatus.RUNNING if ended is None else ProcessStatus.STOPPED,
            created_at=NOON,
            booted_at=moment(booted),
            terminated_at=moment(ended),
        ),
    )


def hours(spans: list[Span]) -> set[tuple[float, float, float]]:
    noon = NOON.timestamp()
    return {((s.start - noon) / 3600, (s.end - noon) / 3600, s.vcpus) for s in spans}


def test_what_ran_in_the_time_is_found_and_what_runs_yet_does_so_until_its_end(
    connection: Connection,
) -> None:
    org_id = new_deployment(connection, vcpus=0.5)
    for booted, ended in [(-9, -5), (-5, -3), (-4, 4), (-2, -1), (-1, None), (1, None), (None, -1)]:
        add_process(connection, org_id, booted, ended)

    found = spans_of_org(connection, org_id, start=NOON - timedelta(hours=4), end=NOON)

    assert hours(found) == {(-5, -3, 0.5), (-4, 4, 0.5), (-2, -1, 0.5), (-1, 0, 0.5)}


def test_processes_of_other_organizations_fleets_and_regions_are_left_out(
    connection: Connection,
) -> None:
    ours, theirs = new_deployment(connection, vcpus=1), new_deployment(connection, vcpus=2)
    for org_id in (ours, theirs):
        add_process(connection, org_id, -2, -1)
    add_process(connection, ours, -1, 0, region="Dubai")
    org = orgs.get_org(connection, ours)
    assert org is not None
    fleet_id = str(org.default_fleet_id)
    start = NOON - timedelta(days=1)

    everywhere = spans_of_fleet(connection, fleet_id, None, start=start, end=NOON)
    in_dubai = spans_of_fleet(connection, fleet_id, "Dubai", start=start, end=NOON)

    assert hours(spans_of_org(connection, ours, start=start, end=NOON)) == hours(everywhere)
    assert hours(everywhere) == {(-2, -1, 1), (-1, 0, 1)}
    assert hours(in_dubai) == {(-1, 0, 1)}
    assert spans_of_fleet(connection, "fleet-1", None, start=start, end=NOON) == []
