from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings, strategies as st

from hathora_deploy.api.apps import StaticProcessAllocationConfig
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud.allocation import KeptProcess, Steps, pause, plan
from hathora_deploy.cloud.state.processes import Attempt

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STARTING, RUNNING, DRAINING, STOPPING = (
    ProcessStatus.STARTING,
    ProcessStatus.RUNNING,
    ProcessStatus.DRAINING,
    ProcessStatus.STOPPING,
)


def keep(least: int, target: int, most: int) -> StaticProcessAllocationConfig:
    return StaticProcessAllocationConfig(
        region=Region.TOKYO, min_processes=least, target_processes=target, max_processes=most
    )


def new(name: str, status: ProcessStatus = RUNNING, rooms: int = 0) -> KeptProcess:
    return KeptProcess(name, is_new=True, status=status, rooms=rooms)


def old(name: str, status: ProcessStatus = RUNNING, rooms: int = 0) -> KeptProcess:
    return KeptProcess(name, is_new=False, status=status, rooms=rooms)


def released(steps: Steps) -> list[str]:
    return [process.process_id for process in steps.release]


def test_as_many_as_are_wanted_are_started() -> None:
    assert plan(keep(1, 3, 5), []).start == 3
    assert plan(keep(1, 3, 5), [new("a"), new("b", STARTING)]).start == 1
    assert plan(keep(1, 3, 5), [new("a"), new("b"), new("c")]) == Steps()


def test_those_that_are_ending_count_towards_the_most_but_not_the_target() -> None:
    kept = [new("a"), old("b", DRAINING, rooms=1), old("c", STOPPING)]

    assert plan(keep(1, 3, 4), kept).start == 1


def test_what_is_too_many_is_released_that_which_serves_least_first() -> None:
    kept = [new("full", rooms=2), new("half", rooms=1), new("empty"), new("late", STARTING)]

    steps = plan(keep(0, 1, 4), kept)

    assert sorted(released(steps)) == ["empty", "half", "late"]
    assert sorted(steps.stop) == ["empty", "late"]
    assert steps.drain == ["half"]


def test_without_a_config_everything_is_released() -> None:
    steps = plan(None, [new("a", rooms=1), new("b"), old("c", DRAINING, rooms=1)])

    assert (steps.start, steps.drain, steps.stop) == (0, ["a"], ["b"])


def test_old_processes_serve_until_new_ones_are_ready() -> None:
    two_old = [old("a"), old("b", rooms=1)]

    assert plan(keep(1, 2, 4), two_old) == Steps(start=2)
    starting = [*two_old, new("c", STARTING), new("d", STARTING)]
    assert plan(keep(1, 2, 4), starting) == Steps()
    one_ready = [*two_old, new("c"), new("d", STARTING)]
    assert released(plan(keep(1, 2, 4), one_ready)) == ["a"]
    all_ready = [*two_old, new("c"), new("d")]
    assert released(plan(keep(1, 2, 4), all_ready)) == ["a", "b"]


def test_old_processes_make_place_where_there_may_be_no_more_but_min_stay() -> None:
    full = [old("a"), old("b"), old("c", rooms=1)]

    steps = plan(keep(1, 3, 3), full)

    assert (steps.start, released(steps)) == (0, ["a", "b"])


def test_one_is_replaced_at_a_time_where_min_is_max() -> None:
    steps = plan(keep(2, 2, 2), [old("a"), old("b")])

    assert (steps.start, released(steps)) == (0, ["a"])
    waiting = plan(keep(2, 2, 2), [old("a", STOPPING), old("b")])
    assert waiting == Steps()
    assert plan(keep(2, 2, 2), [old("b")]) == Steps(start=1)


def test_a_process_that_has_rooms_and_no_address_yet_is_drained_once_it_has() -> None:
    steps = plan(None, [new("a", STARTING, rooms=1)])

    assert (steps.stop, steps.drain) == ([], [])


CONFIGS = st.lists(st.integers(0, 5), min_size=3, max_size=3).map(lambda some: keep(*sorted(some)))
KEPT = st.lists(
    st.builds(
        KeptProcess,
        process_id=st.uuids().map(str),
        is_new=st.booleans(),
        status=st.sampled_from([STARTING, RUNNING, DRAINING, STOPPING]),
        rooms=st.integers(0, 2),
    ),
    max_size=8,
    unique_by=lambda process: process.process_id,
)


def count_ready(kept: Sequence[KeptProcess]) -> int:
    return sum(process.is_ready for process in kept)


@given(CONFIGS, KEPT)
def test_no_step_starts_more_than_max_stops_a_room_or_leaves_fewer_than_min_ready(
    config: StaticProcessAllocationConfig, kept: list[KeptProcess]
) -> None:
    steps = plan(config, kept)

    assert steps.start == 0 or len(kept) + steps.start <= config.max_processes
    gone = {process.process_id for process in steps.release}
    assert gone <= {process.process_id for process in kept if process.takes_rooms}
    assert not {process.process_id for process in kept if process.rooms} & set(steps.stop)
    stay = [process for process in kept if process.process_id not in gone]
    enough = min(config.min_processes, config.max_processes - 1)
    assert count_ready(stay) >= min(enough, count_ready(kept))


@given(CONFIGS, KEPT)
@settings(max_examples=300)
def test_however_it_begins_the_latest_deployment_takes_over_once_rooms_end_and_processes_start(
    config: StaticProcessAllocationConfig, kept: list[KeptProcess]
) -> None:
    for turn in range(60):
        steps = plan(config, kept)
        if steps == Steps() and all(process.is_ready for process in kept):
            break
        after = []
        for process in kept:
            if process.process_id in steps.stop or process.status == STOPPING:
                continue
            status = DRAINING if process.process_id in steps.drain else process.status
            if status == DRAINING and not process.rooms:
                continue
            rooms = max(0, process.rooms - turn % 2)
            after.append(
                replace(process, status=RUNNING if status == STARTING else status, rooms=rooms)
            )
        kept = after + [new(f"{turn}-{index}", STARTING) for index in range(steps.start)]

    assert [process.is_new for process in kept] == [True] * config.target_processes
    assert plan(config, kept) == Steps()


def attempt(seconds_ago: float, ran_for: float | None = None) -> Attempt:
    return Attempt(
        NOW - timedelta(seconds=seconds_ago),
        None if ran_for is None else timedelta(seconds=ran_for),
    )


def test_the_first_start_and_one_after_a_long_run_do_not_wait() -> None:
    assert pause([], NOW) == timedelta(0)
    assert pause([attempt(0, ran_for=60), attempt(100)], NOW) == timedelta(0)


def test_each_failure_in_a_row_doubles_the_pause_up_to_five_minutes() -> None:
    pauses = [
        pause([attempt(0, ran_for=59)] * failures, NOW).total_seconds() for failures in range(1, 15)
    ]

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300]


def test_the_pause_is_over_once_it_has_passed_and_is_counted_from_the_last_end() -> None:
    three = [attempt(3), attempt(5), attempt(6), attempt(9, ran_for=3600), attempt(4000)]

    assert pause(three, NOW) == timedelta(seconds=1)
    assert pause(three, NOW + timedelta(seconds=1)) == timedelta(0)
    assert pause(three, NOW + timedelta(hours=1)) == timedelta(0)


def test_a_clock_that_is_set_back_makes_no_pause_longer() -> None:
    assert pause([attempt(0), attempt(0)], NOW - timedelta(days=1)) == timedelta(seconds=2)
