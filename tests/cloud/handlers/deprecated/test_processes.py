"""The calls of Unreal's plugin and of the old command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hathora_deploy.cloud.state import samples
from hathora_deploy.cloud.state.samples import SampleRecord
from tests.cloud.handlers.conftest import Running, eventually
from tests.cloud.handlers.deprecated.conftest import NEVER_BINDS, OldClient


def test_a_process_is_started_seen_counted_and_stopped_at_the_addresses_of_the_second_version(
    old: OldClient,
) -> None:
    deployment = old.deployed()

    started = old.post("/processes/v2/{app}/create/Seattle", 201)

    path = f"/processes/v2/{{app}}/info/{started['processId']}"
    running = eventually(lambda: old.get(path), lambda seen: seen["status"] == "running")
    assert running["deploymentId"] == deployment["deploymentId"]
    assert running["exposedPort"]["name"] == "default"
    latest = {"status": ["running"], "region": ["Seattle", "Tokyo"]}
    assert old.get("/processes/v2/{app}/list/latest", params=latest) == [running]
    assert old.get("/processes/v2/{app}/list/latest", params={"region": "Tokyo"}) == []
    assert old.get("/processes/v2/{app}/count", params=latest) == {"count": 1}
    assert old.send("POST", f"/processes/v2/{{app}}/stop/{started['processId']}").status_code == 204
    eventually(lambda: old.get(path)["status"], lambda status: status == "stopped")


def test_the_first_version_lists_those_that_run_with_their_rooms_and_those_that_have_ended(
    old: OldClient,
) -> None:
    deployment = old.deployed()
    room = old.room()

    (process,) = old.get("/processes/v1/{app}/list/running", params={"region": "Seattle"})

    assert process["deploymentId"] == deployment["deploymentId"]
    assert process["exposedPort"]["port"] == process["port"]
    assert process["host"] == "127.0.0.1"
    assert (process["roomsAllocated"], process["roomSlotsAvailable"]) == (1, 1)
    assert process["totalRooms"] == 1
    assert [inside["roomId"] for inside in process["rooms"]] == [room]
    assert old.get("/processes/v1/{app}/list/running", params={"region": "Tokyo"}) == []
    assert old.get("/processes/v1/{app}/list/stopped") == []

    old.send("POST", f"/processes/v2/{{app}}/stop/{process['processId']}")

    (ended,) = eventually(
        lambda: old.get("/processes/v1/{app}/list/stopped"), lambda stopped: len(stopped) == 1
    )
    assert old.get("/processes/v1/{app}/list/running") == []
    assert ended["roomSlotsAvailable"] == 0
    seen = old.get(f"/processes/v1/{{app}}/info/{process['processId']}")
    assert seen["terminatedAt"] == ended["terminatedAt"] is not None


def test_a_process_that_has_bound_no_port_has_none(old: OldClient) -> None:
    old.deployed(NEVER_BINDS)
    started = old.post("/processes/v2/{app}/create/Seattle", 201)

    seen = old.get(f"/processes/v1/{{app}}/info/{started['processId']}")

    assert seen["exposedPort"] is None
    assert seen["port"] == 0
    assert seen["startedAt"] is None


def test_the_first_version_tells_what_was_measured_last(running: Running, old: OldClient) -> None:
    old.deployed(NEVER_BINDS)
    process_id = old.post("/processes/v2/{app}/create/Seattle", 201)["processId"]
    path = f"/processes/v1/{{app}}/info/{process_id}"
    assert (old.get(path)["activeConnections"], old.get(path)["egressedBytes"]) == (0, 0)
    now = datetime.now(UTC) + timedelta(hours=1)

    with running.cloud.store.write() as connection:
        sample = SampleRecord(process_id, now, 0.5, 1, total_egress=5000, active_connections=3)
        samples.add(connection, [sample])

    assert (old.get(path)["activeConnections"], old.get(path)["egressedBytes"]) == (3, 5000)
