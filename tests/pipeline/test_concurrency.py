from __future__ import annotations

from hypothesis import given, settings, strategies as st

from hathora_deploy.pipeline.concurrency import FIRST, Concurrency

MIB = 1 << 20
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("sent"), st.floats(0, 20), st.integers(1, 100 * MIB)),
        st.tuples(st.just("troubled"), st.floats(0, 20), st.just(0)),
    )
)


@given(st.integers(1, 32), EVENTS)
def test_there_is_always_one_and_never_more_than_allowed(
    most: int, events: list[tuple[str, float, int]]
) -> None:
    now = 0.0
    concurrency = Concurrency(most=most, now=now)
    for kind, seconds, size in events:
        before = concurrency.target
        now += seconds
        if kind == "sent":
            concurrency.sent(size, now=now)
        else:
            concurrency.troubled(now=now)
            assert concurrency.target <= before
        assert 1 <= concurrency.target <= most


def simulate(link: float, each: float, seconds: float) -> Concurrency:
    """A link that carries ``link`` bytes a second, of which one connection gets ``each`` at most."""
    now, most = 0.0, 16
    concurrency = Concurrency(most=most, now=now)
    while now < seconds:
        rate = min(link, each * concurrency.target)
        now += MIB / rate
        concurrency.sent(MIB, now=now)
    return concurrency


@settings(deadline=None, max_examples=20)
@given(st.floats(1, 100))
def test_as_many_are_sent_as_a_long_link_has_place_for(each: float) -> None:
    assert simulate(1000 * each * MIB, each * MIB, seconds=200).target == 16


@settings(deadline=None, max_examples=20)
@given(st.floats(0.5, 1000))
def test_a_link_that_is_full_is_given_no_more(link: float) -> None:
    assert simulate(link * MIB, link * MIB / 2, seconds=500).target <= FIRST + FIRST // 2


def test_trouble_halves_them_once_for_all_that_had_it() -> None:
    concurrency = Concurrency(most=16, now=0.0)
    concurrency.troubled(now=1.0)
    assert concurrency.target == 2
    for _ in range(4):
        concurrency.troubled(now=1.1)
    assert concurrency.target == 2
