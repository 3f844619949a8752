from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.daemon import RunningCloud


def test_every_region_names_an_endpoint_that_echoes_pings(local_cloud: RunningCloud) -> None:
    client = HathoraCloud(endpoint=local_cloud.endpoint)
    endpoints = client.discovery_v2.get_ping_service_endpoints()
    client.close()

    assert [endpoint.region for endpoint in endpoints] == list(Region)
    nearest = endpoints[0]
    for path in ("", "/ws"):
        with connect(f"ws://{nearest.host}:{nearest.port}{path}") as pings:
            pings.send("PING")
            assert pings.recv(timeout=10) == "PING"
            pings.send(b"\x00\xff")
            assert pings.recv(timeout=10) == b"\x00\xff"


def test_a_page_of_another_origin_gets_no_echo(local_cloud: RunningCloud) -> None:
    url = local_cloud.endpoint.replace("http", "ws")

    with pytest.raises(InvalidStatus, match="403"):
        connect(url, origin=Origin("http://evil.test"))
