from __future__ import annotations

import os
import socket
from datetime import UTC, datetime

import psutil
import pytest

from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.network import Region
from hathora_deploy.api.nodes import NodeV1
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.cloud import Cloud
from tests.cloud.handlers.conftest import Running


def nodes_of(client: HathoraCloud, region: Region | None = None) -> list[NodeV1]:
    fleet = client.fleets_v2.get_fleets().fleets[0]
    return client.nodes_v1.list_provisioned_nodes(fleet_id=fleet.fleet_id, region=region)


def test_this_machine_is_the_one_node_with_its_true_figures(client: HathoraCloud) -> None:
    (node,) = nodes_of(client)

    assert node.host == socket.gethostname()
    assert node.status == "running"
    assert 0 < node.cpu <= (os.cpu_count() or 1)
    assert 0 < node.memory_mb <= psutil.virtual_memory().total / (1 << 20)
    assert node.started_at <= datetime.now(UTC)
    assert node.stopped_at is None
    assert client.nodes_v1.get_node(node_id=node.node_id) == node


def test_every_region_is_this_machine_and_without_one_it_is_counted_once(
    client: HathoraCloud,
) -> None:
    (node,) = nodes_of(client)

    for region in Region:
        assert nodes_of(client, region) == [node.model_copy(update={"region": region})]


def test_a_node_keeps_its_id_when_the_cloud_starts_again(running: Running) -> None:
    (before,) = nodes_of(running.client)

    again = Cloud.open(running.cloud.settings)
    again.start()
    again.close()

    (after,) = nodes_of(running.client)
    assert after.node_id == before.node_id
    assert after.started_at > before.started_at


def test_nodes_of_a_fleet_of_another_organization_and_unknown_nodes_are_not_found(
    running: Running, client: HathoraCloud
) -> None:
    foreign = running.other_org().fleets_v2.get_fleets().fleets[0]

    with pytest.raises(NotFound, match="fleet"):
        client.nodes_v1.list_provisioned_nodes(fleet_id=foreign.fleet_id)
    with pytest.raises(NotFound, match="node"):
        client.nodes_v1.get_node(node_id="node-1")
