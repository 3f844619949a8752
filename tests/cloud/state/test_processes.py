"""The moments of processes and rooms stay in order, whatever the clock does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate

import pytest
from sqlalchemy import Connection

from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.api.rooms import RoomStatus
from hathora_deploy.cloud.state import processes, rooms
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.rooms import AllocationRecord, RoomRecord
from hathora_deploy.cloud.state.store import Store
from tests.cloud.state.test_usage import NOON, new_deployment

MOMENTS = ("created_at", "scheduled_at", "booted_at", "started_at", "stopping_at", "terminated_at")


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    with store.write() as connection:
        yield connection


def add_process(connection: Connection, process_id: str) -> None:
    org_id = new_deployment(connection, vcpus=1)
    processes.add(
        connection,
        ProcessRecord(
            process_id=process_id,
            app_id=f"app-{org_id}",
            deployment_id=f"dep-{org_id}",
            region="Tokyo",
            status=ProcessStatus.STARTING,
            created_at=NOON,
        ),
    )


@pytest.mark.parametrize(
    "hours",
    [(0, 0, 0, 0, 0), (1, 2, 3, 4, 5), (-1, -2, -3, -4, -5), (2, -2, 1, -1, 0), (0, 3, 1, 4, 2)],
)
def test_no_moment_of_a_process_is_before_an_earlier_one_even_when_the_clock_is_set(
    connection: Connection, hours: tuple[int, ...]
) -> None:
    add_process(connection, "p")
    clock = [NOON + timedelta(hours=each) for each in hours]

    processes.mark_scheduled(
        connection, "p", runtime="process", bindings=[], node_id="n", now=clock[0]
    )
    processes.mark_booted(connection, "p", handle="h", now=clock[1])
    processes.mark_running(connection, "p", exposed_ports=[], now=clock[2])
    processes.request_stop(connection, "p", "was stopped", clock[3])
    processes.end(connection, "p", ProcessStatus.STOPPED, "was stopped", clock[4])

    process = processes.get(connection, "p")
    moments = [getattr(process, name) for name in MOMENTS]
    assert moments == list(accumulate([NOON, *clock], max))


def test_a_process_that_is_booted_again_has_the_moments_of_its_last_boot(
    connection: Connection,
) -> None:
    add_process(connection, "p")
    first, second = NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)
    processes.mark_scheduled(
        connection, "p", runtime="process", bindings=[], node_id="n", now=first
    )
    processes.mark_booted(connection, "p", handle="h", now=first)

    processes.forget_boot(connection, "p")
    processes.mark_scheduled(
        connection, "p", runtime="process", bindings=[], node_id="n", now=second
    )

    process = processes.get(connection, "p")
    assert process is not None
    assert (process.handle, process.scheduled_at, process.booted_at) == (None, second, None)


def test_no_room_leaves_a_process_before_it_came(connection: Connection) -> None:
    add_process(connection, "p")
    process = processes.get(connection, "p")
    assert process is not None
    rooms.add(
        connection,
        RoomRecord(
            "r", process.app_id, process.deployment_id, "Tokyo", "", RoomStatus.ACTIVE, NOON
        ),
    )
    rooms.allocate(connection, AllocationRecord("a", "r", "p", NOON))

    rooms.unschedule(connection, "r", NOON - timedelta(hours=1))

    (allocation,) = rooms.allocations(connection, "r")
    assert allocation.unscheduled_at == NOON
