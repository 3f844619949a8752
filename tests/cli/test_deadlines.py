"""How long commands bear with a cloud that is away, where they wait for something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cloud
from tests.pipeline.proxy import Fault, FaultProxy
from tests.serving import serving

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

Server = Callable[[str], Path]


class Outage:
    """The shared local cloud, away for as few requests as a command passes over unless it is told not to."""

    def __init__(self, cloud: Cloud, proxy: FaultProxy, running: RunningCloud) -> None:
        self._cloud = cloud
        self._proxy = proxy
        self._variables = {
            "HATHORA_CLOUD_ENDPOINT": proxy.endpoint,
            "HATHORA_TOKEN": running.token.reveal(),
            "HATHORA_OUTAGE_TIMEOUT": "0",
        }

    def fails(self, *words: str | Path, at: str, after: str | None = None) -> None:
        """Whether the command fails when the cloud is away ``at`` some requests."""
        away = Fault(at, times=3, refuse_with=503)
        begin = Fault(after or "", meanwhile=lambda: self._proxy.faults.append(away))
        self._proxy.faults = [begin if after else away]
        self._cloud(*words, code=1, **self._variables)
        assert away.times < 3


@pytest.fixture
def outage(cloud: Cloud, local_cloud: RunningCloud) -> Iterator[Outage]:
    with serving(FaultProxy(local_cloud.endpoint)) as proxy:
        yield Outage(cloud, proxy, local_cloud)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM x\nEXPOSE 1/udp\nCOPY . .\nCMD sleep 600\n")

    def server(content: str) -> Path:
        (folder / "map").write_text(content)
        return folder

    return server


def test_a_rollback_and_a_deletion_wait_no_longer_than_they_are_told(
    cloud: Cloud, outage: Outage, server: Server
) -> None:
    old = cloud.json(server("castle"), "--no-room")["build"]["buildId"]
    cloud("processes", "start")
    new = cloud.json(server("dust"), "--no-room")["build"]["buildId"]
    outage.fails("rollback", "--yes", at="/renew$")
    assert cloud.json("deployments", "latest")["buildId"] == new
    outage.fails("builds", "delete", "--force", old, at="GET /processes/", after="/stop$")
    assert old in cloud("builds").stdout


def test_a_promotion_waits_no_longer_than_it_is_told(
    cloud: Cloud, outage: Outage, server: Server, tmp_path: Path
) -> None:
    for name in ("staging", "production"):
        cloud("apps", "create", name)
    (tmp_path / "hathora.toml").write_text(
        '[deployment]\ncontainer-port = 1\ntransport-type = "udp"\n'
        '[staging.app]\nid = "staging"\n[production.app]\nid = "production"\n'
    )
    cloud(server("castle"), "--no-room", "-e", "staging", "-c", "hathora.toml")
    outage.fails("promote", "staging", "production", "--yes", at="/renew$")
