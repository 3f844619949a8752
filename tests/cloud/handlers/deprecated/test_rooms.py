from __future__ import annotations

import pytest

from tests.cloud.handlers.conftest import eventually
from tests.cloud.handlers.deprecated.conftest import NEVER_BINDS, OldClient


def test_a_room_is_made_found_and_destroyed_at_the_addresses_of_the_first_version(
    old: OldClient,
) -> None:
    old.deployed()

    room = old.room()

    info = old.get(f"/rooms/v1/{{app}}/connectioninfo/{room}")
    assert info.keys() == {"status", "roomId", "host", "port", "transportType"}
    seen = old.get(f"/rooms/v1/{{app}}/info/{room}")
    process_id = seen["currentAllocation"]["processId"]
    active = f"/rooms/v1/{{app}}/list/{process_id}/active"
    inactive = f"/rooms/v1/{{app}}/list/{process_id}/inactive"
    assert [inside["roomId"] for inside in old.get(active)] == [room]
    assert old.get(inactive) == []
    assert old.send("POST", f"/rooms/v1/{{app}}/destroy/{room}").status_code == 204
    assert old.get(active) == []
    assert [once["roomId"] for once in old.get(inactive)] == [room]
    assert old.send("GET", f"/rooms/v1/{{app}}/connectioninfo/{room}").status_code == 404


def test_a_room_has_no_address_while_it_starts(old: OldClient) -> None:
    old.deployed(NEVER_BINDS)
    wanted = {"json": {"region": "Seattle"}, "params": {"roomId": f"mine-{old.app_id}"}}

    room = old.post("/rooms/v1/{app}/create", 201, **wanted)

    assert room == f"mine-{old.app_id}"
    info = old.get(f"/rooms/v1/{{app}}/connectioninfo/{room}")
    assert info == {"status": "starting", "roomId": room}


@pytest.mark.parametrize("version", [1, 2])
def test_a_suspended_room_gets_a_process_again_when_it_is_asked_for(
    old: OldClient, version: int
) -> None:
    old.deployed()
    room = old.room()

    answer = old.send("POST", f"/rooms/v{version}/{{app}}/suspend/{room}")

    assert answer.status_code == 204
    suspended = old.get(f"/rooms/v2/{{app}}/info/{room}")
    assert suspended["status"] == "scheduling"
    assert suspended["currentAllocation"] is None
    path = f"/rooms/v1/{{app}}/connectioninfo/{room}"
    eventually(lambda: old.get(path)["status"], lambda status: status == "active")
    assert len(old.get(f"/rooms/v2/{{app}}/info/{room}")["allocations"]) == 2
    assert old.send("POST", f"/rooms/v{version}/{{app}}/suspend/no-such-room").status_code == 404
