"""What an organization begins with."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import deployments, fleets, orgs
from tests.cloud.state.test_migrations import FIRST_VERSION

DEPLOYMENT = (
    "INSERT INTO deployments (deployment_id, app_id, build_key, build_id, requested_cpu,"
    " requested_memory_mb, rooms_per_process, idle_timeout_enabled, container_port,"
    " transport_type, additional_container_ports, env, created_at, created_by)"
    " VALUES ('dep-1', 'app-1', 'k1', 'bld-1', 1, 512, 1, 0, 7777, 'udp', '[]', '[]', 0, 'local')"
)


def test_an_organization_that_an_earlier_version_made_is_given_a_fleet_with_what_it_has_deployed(
    tmp_path: Path,
) -> None:
    settings = CloudSettings(data_dir=tmp_path, runtime="process")
    with sqlite3.connect(settings.database_file) as old:
        old.executescript(FIRST_VERSION.read_text())
        old.execute(DEPLOYMENT)
    old.close()

    for _ in range(2):
        cloud = Cloud.open(settings)
        with cloud.store.read() as connection:
            org = orgs.oldest_org(connection)
            deployment = deployments.get(connection, "dep-1")
            assert org is not None
            assert deployment is not None
            (fleet,) = fleets.of_org(connection, org.org_id)
        cloud.store.close()

        assert org.default_fleet_id == deployment.fleet_id == fleet.fleet_id
