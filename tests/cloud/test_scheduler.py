from __future__ import annotations

from hypothesis import given, strategies as st

from hathora_deploy.cloud.scheduler import place, spread


def test_a_room_goes_to_the_fullest_process_with_place() -> None:
    assert place({"empty": 0, "half": 1, "full": 2}, rooms_per_process=2) == "half"


def test_of_processes_as_full_the_oldest_is_chosen() -> None:
    assert place({"old": 1, "new": 1}, rooms_per_process=2) == "old"


def test_no_process_is_chosen_when_all_are_full() -> None:
    assert place({"a": 1}, rooms_per_process=1) is None
    assert place({}, rooms_per_process=1) is None


@given(rooms=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 5)), limit=st.integers(1, 5))
def test_a_chosen_process_always_has_place(rooms: dict[str, int], limit: int) -> None:
    chosen = place(rooms, rooms_per_process=limit)

    with_place = {name for name, count in rooms.items() if count < limit}
    assert chosen in with_place if with_place else chosen is None


@given(
    rooms=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 5)),
    count=st.integers(0, 20),
    limit=st.integers(1, 5),
)
def test_many_rooms_go_where_they_would_go_one_by_one(
    rooms: dict[str, int], count: int, limit: int
) -> None:
    filled, one_by_one = dict(rooms), []
    for _ in range(count):
        chosen = place(filled, rooms_per_process=limit)
        if chosen is not None:
            filled[chosen] += 1
            one_by_one.append(chosen)

    assert spread(rooms, count, rooms_per_process=limit) == one_by_one
