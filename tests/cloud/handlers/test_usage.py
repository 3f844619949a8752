from __future__ import annotations

import pytest

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from tests.cloud.handlers.conftest import Running, deploy, eventually


def test_what_processes_ask_for_is_counted_while_they_run_and_not_after(running: Running) -> None:
    token = running.token_of_other_org()
    app = running.client_with(token).apps_v2.create_app(
        app_name="game", auth_configuration=AuthConfiguration()
    )
    client = running.client_with(token, app.app_id)
    usage = client.organizations_v1.get_usage_limits

    deploy(client)
    before = usage()
    started = [client.processes_v3.create_process(region=region) for region in list(Region)[:2]]
    during = eventually(usage, lambda now: now.concurrent_process_vcpus7_day_max == 1)
    for process in started:
        client.processes_v3.stop_process(process_id=process.process_id)
        eventually(
            lambda process=process: client.processes_v3.get_process(process_id=process.process_id),
            lambda seen: seen.status == "stopped",
        )
    after = usage()

    hours = [seen.monthly_process_vcpu_hours_consumed for seen in (before, during, after)]
    assert hours == sorted(hours)
    assert before.monthly_process_vcpu_hours_consumed < after.monthly_process_vcpu_hours_consumed
    assert after.concurrent_process_vcpus7_day_max == 1
    assert usage() == after


def test_a_cloud_of_ones_own_has_no_limits(client: HathoraCloud) -> None:
    usage = client.organizations_v1.get_usage_limits()

    assert usage.monthly_process_vcpu_hours_limit is None
    assert usage.concurrent_process_vcpus_limit is None


def test_the_usage_of_another_organization_is_not_shown(
    running: Running, client: HathoraCloud
) -> None:
    (foreign,) = running.other_org().organizations_v1.get_orgs().orgs

    with pytest.raises(NotFound):
        client.organizations_v1.get_usage_limits(org_id=foreign.org_id)
