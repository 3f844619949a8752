"""A cloud that was started with a few regions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hathora_deploy.api.apps import (
    AuthConfiguration,
    ServiceConfigWrite,
    StaticProcessAllocationConfigWrite,
)
from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.region_hosts import RegionHosts
from hathora_deploy.cloud.settings import CloudSettings
from tests.cloud.handlers.conftest import LISTEN, Running, deploy, eventually, game
from tests.cloud.serving import served

SAY_HOST = LISTEN.replace(
    'print("room"', 'print("host", os.environ["HATHORA_HOSTNAME"]); print("room"'
)
REFUSED = "Tokyo is no region of this cloud, which has London, Seattle"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = CloudSettings(
        data_dir=tmp_path_factory.mktemp("cloud"),
        runtime="process",
        stop_grace=2,
        regions=RegionHosts.parse("London=127.0.0.1,Seattle=localhost"),
    )
    cloud = Cloud.open(settings)
    cloud.start()
    with served(create_app(cloud)) as endpoint:
        client = HathoraCloud(settings.token_file.read_text(), endpoint=endpoint)
        yield Running(cloud, endpoint, client)
        cloud.close()


@pytest.fixture(scope="module")
def client(running: Running) -> HathoraCloud:
    client = running.new_app()
    deploy(client, game(SAY_HOST))
    return client


@pytest.mark.parametrize(
    ("region", "host"), [(Region.LONDON, "127.0.0.1"), (Region.SEATTLE, "localhost")]
)
def test_players_are_sent_to_the_host_of_the_region_and_the_game_server_knows_it(
    client: HathoraCloud, region: Region, host: str
) -> None:
    room = client.rooms_v2.create_room(region=region)
    info = eventually(
        lambda: client.rooms_v2.get_connection_info(room_id=room.room_id),
        lambda seen: seen.status == "active",
    )
    assert info.exposed_port is not None
    assert info.exposed_port.host == host
    with client.logs_v1.download_log_for_process(process_id=room.process_id) as log:
        assert f"host {host}" in log.read().decode()
    client.processes_v3.stop_process(process_id=room.process_id)


def test_a_region_that_is_not_there_is_refused_wherever_a_process_would_run(
    client: HathoraCloud,
) -> None:
    with pytest.raises(UnprocessableEntity, match=REFUSED):
        client.rooms_v2.create_room(region=Region.TOKYO)
    with pytest.raises(UnprocessableEntity, match=REFUSED):
        client.processes_v3.create_process(region=Region.TOKYO)
    allocation = StaticProcessAllocationConfigWrite(
        region=Region.TOKYO, min_processes=0, target_processes=1, max_processes=1
    )
    with pytest.raises(UnprocessableEntity, match=rf"Allocation\[0\]\.region: {REFUSED}"):
        client.apps_v2.patch_app(
            service_config=ServiceConfigWrite(static_process_allocation=[allocation])
        )


def test_players_cannot_open_a_lobby_in_a_region_that_is_not_there(running: Running) -> None:
    with running.new_app() as client:
        client.apps_v2.patch_app(auth_configuration=AuthConfiguration(anonymous={}))
        player = client.auth_v1.login_anonymous()
        with pytest.raises(UnprocessableEntity, match=REFUSED):
            client.lobbies_v3.create_lobby(player.token, region=Region.TOKYO, visibility="public")


def test_the_machine_is_in_the_regions_that_there_are(running: Running) -> None:
    fleet = running.client.fleets_v2.get_fleets().fleets[0]

    def regions(asked: Region | None) -> list[Region]:
        found = running.client.nodes_v1.list_provisioned_nodes(
            fleet_id=fleet.fleet_id, region=asked
        )
        return [node.region for node in found]

    assert regions(None) == [Region.LONDON]
    assert regions(Region.SEATTLE) == [Region.SEATTLE]
    assert regions(Region.TOKYO) == []
