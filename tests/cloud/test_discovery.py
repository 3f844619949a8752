from __future__ import annotations

from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
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


def test_a_ping_is_short_and_cannot_unpack_to_more(local_cloud: RunningCloud) -> None:
    with connect(local_cloud.endpoint.replace("http", "ws"), compression="deflate") as pings:
        assert not pings.protocol.extensions
        pings.send("x" * 65_000)
        assert len(pings.recv(timeout=10)) == 65_000
        pings.send("x" * 70_000)
        with pytest.raises(ConnectionClosed, match="1009"):
            pings.recv(timeout=10)


def test_whoever_waits_for_no_echo_is_cut_off(local_cloud: RunningCloud) -> None:
    empty = b"\x82\x80\0\0\0\0"
    with connect(local_cloud.endpoint.replace("http", "ws")) as pings:
        with suppress(OSError):
            pings.socket.sendall(empty * 50_000)
        with pytest.raises(ConnectionClosedError):
            list(pings)
