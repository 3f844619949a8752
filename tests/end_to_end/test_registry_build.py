"""An image of a registry becomes a deployment whose process players can connect to."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.progress import LineReporter
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.runtime.engine import find_engine
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.pipeline.registry_build import RegistryImage, build_from_registry
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import eventually
from tests.cloud.runtime.conftest import free_port
from tests.cloud.runtime.registry import PASSWORD, USER, Registry, running_registry


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    engine = find_engine()
    if engine is None:
        pytest.skip("no Docker engine answers on this machine")
    with running_registry(tmp_path, engine, (free_port(), free_port())) as running:
        yield running


@pytest.fixture
def cloud(tmp_path: Path, registry: Registry) -> Iterator[HathoraCloud]:
    running = daemon.start(CloudSettings(data_dir=tmp_path / "cloud", runtime="docker", port=0))
    client = HathoraCloud(running.token, endpoint=running.endpoint)
    app = client.apps_v2.create_app(app_name="pulled", auth_configuration=AuthConfiguration())
    yield HathoraCloud(running.token, endpoint=running.endpoint, app_id=app.app_id)
    daemon.stop(tmp_path / "cloud")


def test_an_image_of_a_registry_is_deployed(
    cloud: HathoraCloud, registry: Registry, tmp_path: Path
) -> None:
    registry.push("studio/game:1", "/bin/sh", "-c", "busybox httpd -f -p 7777")
    built = build_from_registry(
        cloud,
        RegistryImage("studio/game:1", f"http://{registry.guarded}", Secret(f"{USER}:{PASSWORD}")),
        settings=DeploySettings(build_tag="1"),
        reporter=LineReporter(Output()),
    )
    assert (built.status, built.build_tag) == ("succeeded", "1")
    assert built.image_size > 1_000_000

    cloud.deployments_v3.create_deployment(
        build_id=built.build_id,
        idle_timeout_enabled=False,
        env=[],
        rooms_per_process=1,
        transport_type=TransportType.TCP,
        container_port=7777,
        requested_memory_mb=512,
        requested_cpu=0.5,
    )
    room = cloud.rooms_v2.create_room(region=Region.FRANKFURT)
    eventually(
        lambda: cloud.rooms_v2.get_connection_info(room_id=room.room_id).status,
        lambda status: status == "active",
    )

    kept = subprocess.run(
        ["grep", "-r", "--text", "--files-with-matches", PASSWORD, tmp_path / "cloud"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert kept.stdout == "", "the password is kept"
    assert kept.returncode == 1
