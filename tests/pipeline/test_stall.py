from __future__ import annotations

from hypothesis import given, strategies as st

from hathora_deploy.pipeline.stall import StallWatch


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


STEPS = st.lists(st.tuples(st.floats(0, 29.9), st.integers(0, 100_000)))


@given(STEPS)
def test_a_connection_that_keeps_the_least_rate_is_never_stalled(
    steps: list[tuple[float, int]],
) -> None:
    clock = Hand()
    watch = StallWatch(window=30, least=30 * 1024, clock=clock)
    for seconds, extra in steps:
        clock.now += seconds
        assert not watch.is_stalled
        watch.moved(30 * 1024 + extra)


@given(st.lists(st.integers(0, 100), max_size=50))
def test_a_trickle_is_a_stall(pieces: list[int]) -> None:
    clock = Hand()
    watch = StallWatch(window=30, least=30 * 1024, clock=clock)
    for piece in pieces:
        clock.now += 0.5
        watch.moved(piece)
    clock.now = 1030.1
    assert watch.is_stalled


def test_time_in_which_bytes_are_held_back_does_not_count() -> None:
    clock = Hand()
    watch = StallWatch(window=30, least=1024, clock=clock)
    with watch.held():
        clock.now += 3600
        assert not watch.is_stalled
    assert not watch.is_stalled
    clock.now += 31
    assert watch.is_stalled


def test_an_answer_has_a_time_of_its_own() -> None:
    clock = Hand()
    watch = StallWatch(window=30, least=1024, clock=clock)
    watch.awaits_answer(120)
    clock.now += 119
    assert not watch.is_stalled
    clock.now += 2
    assert watch.is_stalled
