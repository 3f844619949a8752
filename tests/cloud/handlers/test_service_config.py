"""Static processes: how many an app keeps, over restarts, deployments and crashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.api.apps import (
    AuthConfiguration,
    AutoscalerTargetMetric,
    LoadBalancerConfig,
    MetricName,
    ProcessAutoscalerConfig,
    ServiceConfigWrite,
    StaticProcessAllocationConfigWrite,
)
from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import processes
from tests.cloud.handlers.conftest import LISTEN, Running, deploy, eventually, game, some_name
from tests.cloud.test_reconciler import running as served_cloud

LIVE = [
    ProcessStatus.STARTING,
    ProcessStatus.RUNNING,
    ProcessStatus.DRAINING,
    ProcessStatus.STOPPING,
]


def allocation(
    least: int, target: int | None, most: int | None, region: Region = Region.TOKYO
) -> StaticProcessAllocationConfigWrite:
    return StaticProcessAllocationConfigWrite(
        region=region, min_processes=least, target_processes=target, max_processes=most
    )


def config(*allocations: StaticProcessAllocationConfigWrite) -> ServiceConfigWrite:
    return ServiceConfigWrite(static_process_allocation=list(allocations))


def keep(client: HathoraCloud, least: int, target: int, most: int) -> None:
    client.apps_v2.patch_app(service_config=config(allocation(least, target, most)))


def live(client: HathoraCloud) -> list[ProcessV3]:
    return client.processes_v3.get_latest_processes(status=LIVE)


def when_running(client: HathoraCloud, count: int, deployment_id: str) -> list[str]:
    """The ids once exactly so many run, all of one deployment."""
    found = eventually(
        lambda: live(client),
        lambda processes: (
            [(process.status, process.deployment_id) for process in processes]
            == [(ProcessStatus.RUNNING, deployment_id)] * count
        ),
    )
    return [process.process_id for process in found]


def test_what_is_left_out_of_the_config_is_completed(
    running: Running, client: HathoraCloud
) -> None:
    written = ServiceConfigWrite(
        static_process_allocation=[allocation(0, None, None), allocation(0, 1, 3, Region.LONDON)],
        load_balancer=LoadBalancerConfig(enabled=True),
        process_autoscaler_config=ProcessAutoscalerConfig(
            target_metric=AutoscalerTargetMetric(
                metric_name=MetricName.CONCURRENT_REQUESTS, metric_value=2.5
            )
        ),
    )

    client.apps_v2.patch_app(service_config=written)

    kept = client.apps_v2.get_app().service_config
    assert kept is not None
    first, second = kept.static_process_allocation
    assert (first.region, first.min_processes, first.target_processes) == ("Tokyo", 0, 0)
    assert first.max_processes == len(running.cloud.settings.game_ports)
    assert (second.min_processes, second.target_processes, second.max_processes) == (0, 1, 3)
    assert kept.load_balancer == written.load_balancer
    assert kept.process_autoscaler_config == written.process_autoscaler_config


@pytest.mark.parametrize(
    "wrong",
    [
        config(allocation(-1, 1, 1)),
        config(allocation(2, 1, 3)),
        config(allocation(1, 3, 2)),
        config(allocation(1, 2, 1_000_000)),
        config(allocation(1, None, 0)),
        config(allocation(0, 1, 1), allocation(0, 0, 1)),
    ],
    ids=lambda wrong: str([tuple(each)[1:] for each in wrong.static_process_allocation])[:60],
)
def test_a_config_that_cannot_be_kept_is_refused_with_its_place(
    client: HathoraCloud, wrong: ServiceConfigWrite
) -> None:
    with pytest.raises(UnprocessableEntity, match=r"serviceConfig\.staticProcessAllocation"):
        client.apps_v2.patch_app(service_config=wrong)

    assert client.apps_v2.get_app().service_config is None


def test_an_app_is_created_with_a_load_balancer_and_an_update_replaces_the_config(
    running: Running,
) -> None:
    app = running.client.apps_v2.create_app(
        app_name=(name := some_name()),
        auth_configuration=AuthConfiguration(),
        load_balancer=LoadBalancerConfig(enabled=True),
    )
    client = running.client_with(app_id=app.app_id)
    assert app.service_config is not None
    assert app.service_config.load_balancer == LoadBalancerConfig(enabled=True)

    client.apps_v2.patch_app(app_name=some_name())
    assert client.apps_v2.get_app().service_config == app.service_config
    updated = client.apps_v2.update_app(app_name=name, auth_configuration=AuthConfiguration())

    assert updated.service_config is None


def test_an_app_keeps_as_many_processes_as_it_wants_and_gets_them_back(
    client: HathoraCloud,
) -> None:
    keep(client, 1, 2, 4)
    assert live(client) == []
    deployment = deploy(client)
    first, second = when_running(client, 2, deployment.deployment_id)

    client.processes_v3.stop_process(process_id=first)

    now = when_running(client, 2, deployment.deployment_id)
    assert second in now
    assert first not in now


def test_rooms_are_put_into_the_processes_that_are_kept(client: HathoraCloud) -> None:
    keep(client, 1, 1, 2)
    deployment = deploy(client)
    (kept,) = when_running(client, 1, deployment.deployment_id)

    room = client.rooms_v2.create_room(region=Region.TOKYO)

    assert room.process_id == kept
    assert room.status == "active"
    assert room.exposed_port is not None


def test_processes_that_callers_create_are_no_matter_of_the_allocation(
    client: HathoraCloud,
) -> None:
    deployment = deploy(client)
    own = client.processes_v3.create_process(region=Region.TOKYO).process_id
    keep(client, 1, 1, 1)
    assert own in when_running(client, 2, deployment.deployment_id)

    client.apps_v2.patch_app(service_config=config())

    assert when_running(client, 1, deployment.deployment_id) == [own]


def test_a_process_with_rooms_is_drained_and_ends_with_its_last_room(client: HathoraCloud) -> None:
    keep(client, 1, 1, 2)
    older = deploy(client)
    (kept,) = when_running(client, 1, older.deployment_id)
    room = client.rooms_v2.create_room(region=Region.TOKYO)

    newer = deploy(client)

    drained = eventually(
        lambda: client.processes_v3.get_process(process_id=kept),
        lambda process: process.status == ProcessStatus.DRAINING,
    )
    assert drained.rooms_allocated == 1
    assert client.rooms_v2.get_room_info(room_id=room.room_id).status == "active"
    info = client.rooms_v2.get_connection_info(room_id=room.room_id)
    assert (info.status, info.exposed_port) == ("active", drained.exposed_port)
    other = client.rooms_v2.create_room(region=Region.TOKYO)
    assert other.process_id != kept
    pinned = client.rooms_v2.create_room(region=Region.TOKYO, deployment_id=older.deployment_id)
    assert pinned.process_id != kept
    client.processes_v3.stop_process(process_id=pinned.process_id)

    client.rooms_v2.destroy_room(room_id=room.room_id)

    (new,) = when_running(client, 1, newer.deployment_id)
    ended = client.processes_v3.get_process(process_id=kept)
    assert (ended.status, ended.summary_exit_reason) == ("stopped", "was drained")
    assert other.process_id == new


def test_a_new_deployment_takes_over_even_where_there_may_be_no_more_processes(
    client: HathoraCloud,
) -> None:
    keep(client, 1, 1, 1)
    first = deploy(client)
    when_running(client, 1, first.deployment_id)

    second = deploy(client)

    when_running(client, 1, second.deployment_id)


def test_without_a_config_the_kept_processes_end_and_their_rooms_are_not_cut(
    client: HathoraCloud,
) -> None:
    keep(client, 0, 2, 2)
    deployment = deploy(client)
    when_running(client, 2, deployment.deployment_id)
    room = client.rooms_v2.create_room(region=Region.TOKYO)

    client.apps_v2.update_app(app_name=some_name(), auth_configuration=AuthConfiguration())

    (left,) = eventually(lambda: live(client), lambda processes: len(processes) == 1)
    assert (left.process_id, left.status) == (room.process_id, "draining")
    assert client.rooms_v2.get_connection_info(room_id=room.room_id).status == "active"
    client.rooms_v2.destroy_room(room_id=room.room_id)
    eventually(lambda: live(client), lambda processes: not processes)


def test_a_game_server_that_crashes_at_once_is_not_started_again_and_again(
    client: HathoraCloud,
) -> None:
    keep(client, 1, 1, 2)
    good = deploy(client)
    (kept,) = when_running(client, 1, good.deployment_id)

    bad = deploy(client, game("import sys\nsys.exit(7)\n"))

    def tried() -> list[ProcessV3]:
        found = client.processes_v3.get_latest_processes()
        return [process for process in found if process.deployment_id == bad.deployment_id]

    eventually(tried, lambda processes: len(processes) >= 3)
    starts = sorted(process.created_at for process in tried())
    ends = sorted(process.terminated_at for process in tried() if process.terminated_at)
    assert (starts[1] - ends[0]).total_seconds() >= 1
    assert (starts[2] - ends[1]).total_seconds() >= 2
    assert client.processes_v3.get_process(process_id=kept).status == ProcessStatus.RUNNING

    mended = deploy(client, game(LISTEN))
    when_running(client, 1, mended.deployment_id)


def test_a_cloud_that_starts_again_keeps_as_many_as_before(tmp_path: Path) -> None:
    settings = CloudSettings(data_dir=tmp_path / "cloud", runtime="process", stop_grace=1)
    with served_cloud(settings) as first:
        client = first.new_app()
        keep(client, 1, 2, 3)
        deployment = deploy(client)
        before = when_running(client, 2, deployment.deployment_id)
        app_id = client.app_id

    with served_cloud(settings) as second:
        client = second.client_with(app_id=app_id)
        after = when_running(client, 2, deployment.deployment_id)

    assert not set(before) & set(after)


def test_an_app_that_is_deleted_keeps_nothing(running: Running) -> None:
    client = running.new_app()
    keep(client, 1, 1, 2)
    deployment = deploy(client)
    when_running(client, 1, deployment.deployment_id)

    client.apps_v2.delete_app()

    def alive() -> bool:
        with running.cloud.store.read() as connection:
            return any(process.app_id == client.app_id for process in processes.live(connection))

    eventually(alive, lambda some: not some)
