from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, strategies as st

from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud.scheduler import place
from hathora_deploy.cloud.state.processes import ProcessRecord


def process(name: str) -> ProcessRecord:
    return ProcessRecord(
        process_id=name,
        app_id="app",
        deployment_id="dep",
        region=Region.SEATTLE,
        status=ProcessStatus.RUNNING,
        created_at=datetime.now(UTC),
    )


def test_a_room_goes_to_the_fullest_process_with_place() -> None:
    processes = [process("empty"), process("half"), process("full")]

    chosen = place(processes, {"half": 1, "full": 2}, rooms_per_process=2)

    assert chosen is not None
    assert chosen.process_id == "half"


def test_no_process_is_chosen_when_all_are_full() -> None:
    assert place([process("a")], {"a": 1}, rooms_per_process=1) is None
    assert place([], {}, rooms_per_process=1) is None


@given(
    occupancy=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 5)), limit=st.integers(1, 5)
)
def test_a_chosen_process_always_has_place(occupancy: dict[str, int], limit: int) -> None:
    chosen = place([process(name) for name in "abcdef"], occupancy, rooms_per_process=limit)

    with_place = [name for name in "abcdef" if occupancy.get(name, 0) < limit]
    if chosen is None:
        assert not with_place
    else:
        assert chosen.process_id in with_place
