"""The typed client speaks to old addresses too."""

from __future__ import annotations

from io import BytesIO

import pytest

from hathora_deploy.api.deprecated.rooms_v1 import ActiveConnectionInfo
from hathora_deploy.api.network import Region, TransportType
from tests.cloud.handlers.conftest import Running, eventually, game

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_the_typed_client_deploys_by_the_first_versions(running: Running) -> None:
    cloud = running.new_app()

    created = cloud.builds_v1.create_build_deprecated(build_tag="typed")
    with cloud.builds_v1.run_build_deprecated(
        build_id=created.build_id, file=BytesIO(game())
    ) as log:
        assert "COPY . ." in log.read().decode()
    deployment = cloud.deployments_v2.create_deployment_v2_deprecated(
        build_id=created.build_id,
        requested_cpu=0.5,
        requested_memory_mb=512,
        container_port=7777,
        transport_type=TransportType.UDP,
        rooms_per_process=1,
        env=[],
        idle_timeout_enabled=False,
    )
    room_id = cloud.rooms_v1.create_room_deprecated(region=Region.TOKYO)

    info = eventually(
        lambda: cloud.rooms_v1.get_connection_info_deprecated(room_id=room_id),
        lambda info: isinstance(info, ActiveConnectionInfo),
    )
    (process,) = cloud.processes_v1.get_running_processes()
    assert isinstance(info, ActiveConnectionInfo)
    assert process.deployment_id == deployment.deployment_id
    assert (process.host, process.port) == (info.host, info.port)
    assert cloud.apps_v1.get_app_info_v1_deprecated().app_id == cloud.app_id
    with cloud.logs_v1.get_logs_for_app() as output:
        assert f"room {room_id}" in output.read().decode()
