"""The variables that Hathora's own SDKs and launchers read."""

from __future__ import annotations

from datetime import UTC, datetime

from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.api.rooms import RoomStatus
from hathora_deploy.cloud.environment import compose
from hathora_deploy.cloud.ports import equal
from hathora_deploy.cloud.runtime.port import PortBinding
from hathora_deploy.cloud.state.apps import AppRecord
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.rooms import RoomRecord

NOW = datetime.now(UTC)
APP = AppRecord("app-1", "org-1", "game", "secret-1", {}, None, NOW, "me")
PROCESS = ProcessRecord("p-1", "app-1", "dep-1", Region.WASHINGTON_DC, ProcessStatus.STARTING, NOW)
ROOM = RoomRecord("room1", "app-1", "dep-1", "Seattle", '{"map":"x"}', RoomStatus.ACTIVE, NOW)
BINDINGS = (
    PortBinding("default", 7777, 34567, TransportType.UDP),
    PortBinding("web-admin", 8080, 34568, TransportType.TCP),
)


def deployment(env: dict[str, str]) -> DeploymentRecord:
    return DeploymentRecord(
        deployment_id="dep-1",
        app_id="app-1",
        build_key="key",
        build_id="bld-1",
        build_tag="v1",
        tag=None,
        fleet_id=None,
        requested_cpu=0.5,
        requested_memory_mb=1024,
        requested_gpu=None,
        rooms_per_process=3,
        idle_timeout_enabled=True,
        container_port=7777,
        transport_type=TransportType.UDP,
        additional_container_ports=[],
        env=[{"name": name, "value": value} for name, value in env.items()],
        created_at=NOW,
        created_by="me",
    )


def environment(
    env: dict[str, str] | None = None,
    *,
    room: RoomRecord | None = ROOM,
    shares_host_ports: bool = False,
) -> dict[str, str]:
    composed = compose(
        app=APP,
        deployment=deployment(env or {}),
        process=PROCESS,
        first_room=room,
        bindings=BINDINGS,
        host="127.0.0.1",
        private_ip="127.0.0.1",
        shares_host_ports=shares_host_ports,
    )
    return {name: value.reveal() for name, value in composed.items()}


def test_a_process_learns_all_that_hathora_tells() -> None:
    assert environment() == {
        "HATHORA_APP_ID": "app-1",
        "HATHORA_APP_SECRET": "secret-1",
        "HATHORA_PROCESS_ID": "p-1",
        "HATHORA_DEPLOYMENT_ID": "dep-1",
        "HATHORA_BUILD_TAG": "v1",
        "HATHORA_REGION": "Washington_DC",
        "HATHORA_ROOMS_PER_PROCESS": "3",
        "HATHORA_INITIAL_ROOM_ID": "room1",
        "HATHORA_INITIAL_ROOM_CONFIG": '{"map":"x"}',
        "HATHORA_HOSTNAME": "127.0.0.1",
        "HATHORA_PRIVATE_IP": "127.0.0.1",
        "HATHORA_ALLOCATED_CPU": "0.5",
        "HATHORA_ALLOCATED_MEMORY_MB": "1024",
        "HATHORA_DEFAULT_PORT": "34567",
        "HATHORA_WEB_ADMIN_PORT": "34568",
    }


def test_a_process_without_a_room_gets_empty_ones() -> None:
    without = environment(room=None)

    assert without["HATHORA_INITIAL_ROOM_ID"] == ""
    assert without["HATHORA_INITIAL_ROOM_CONFIG"] == ""


def test_variables_of_the_deployment_are_added_and_the_clouds_own_win() -> None:
    both = environment({"MODE": "duel", "HATHORA_REGION": "Mars"})

    assert both["MODE"] == "duel"
    assert both["HATHORA_REGION"] == "Washington_DC"


def test_a_process_on_the_hosts_ports_is_told_its_own_unless_the_deployment_says_otherwise() -> (
    None
):
    assert environment(shares_host_ports=True)["PORT"] == "34567"
    assert environment({"PORT": "1"}, shares_host_ports=True)["PORT"] == "1"


def test_the_values_are_secrets() -> None:
    composed = compose(
        app=APP,
        deployment=deployment({"KEY": "hunter2"}),
        process=PROCESS,
        first_room=None,
        bindings=BINDINGS,
        host="h",
        private_ip="h",
        shares_host_ports=False,
    )

    assert "hunter2" not in repr(composed)
    assert "hunter2" not in repr(deployment({"KEY": "hunter2"}))


def test_where_ports_are_equal_a_container_is_told_which_to_listen_on() -> None:
    composed = compose(
        app=APP,
        deployment=deployment({}),
        process=PROCESS,
        first_room=None,
        bindings=equal(BINDINGS),
        host="127.0.0.1",
        private_ip="127.0.0.1",
        shares_host_ports=False,
        has_equal_ports=True,
    )
    told = {name: value.reveal() for name, value in composed.items()}
    assert told["PORT"] == told["HATHORA_DEFAULT_PORT"] == "34567"
    assert told["PORT_WEB_ADMIN"] == told["HATHORA_WEB_ADMIN_PORT"] == "34568"
