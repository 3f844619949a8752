from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.cloud.rates import Rate

RATES = st.builds(
    Rate,
    per_second=st.integers(1, 5_000_000).map(lambda thousandths: thousandths / 1000),
    burst=st.integers(1, 100),
)
PAUSES = st.lists(st.floats(0, 5), max_size=200)
ROUNDING = 1e-3


@given(rate=RATES, pauses=PAUSES)
def test_no_stretch_of_time_has_more_than_a_burst_and_what_was_added(
    rate: Rate, pauses: list[float]
) -> None:
    now, full_at = 1000.0, 0.0
    taken: list[float] = []
    for pause in pauses:
        now += pause
        full_at, early = rate.take(full_at, now)
        if not early:
            taken.append(now)
    for first, begin in enumerate(taken):
        for last, end in enumerate(taken[first:], start=first):
            within = last - first + 1
            assert within <= rate.burst + (end - begin) * rate.per_second + ROUNDING


@given(rate=RATES, pauses=PAUSES)
def test_whoever_stays_below_the_rate_is_never_refused(rate: Rate, pauses: list[float]) -> None:
    now, full_at = 1000.0, 0.0
    for pause in pauses:
        now += 1 / rate.per_second + pause
        full_at, early = rate.take(full_at, now)
        assert not early


@given(rate=RATES, tries=st.integers(1, 300), gap=st.floats(0, 1))
def test_whoever_waits_as_long_as_was_said_is_served_and_no_sooner(
    rate: Rate, tries: int, gap: float
) -> None:
    now, full_at = 1000.0, 0.0
    for _ in range(tries):
        now += gap
        before = full_at
        full_at, early = rate.take(full_at, now)
        if early:
            assert full_at == before
            assert rate.take(full_at, now + early)[1] == 0
            if early > ROUNDING:
                assert rate.take(full_at, now + early / 2)[1] > 0


@given(rate=RATES)
def test_a_bucket_that_nobody_has_used_holds_a_whole_burst(rate: Rate) -> None:
    now, full_at = 1000.0, 0.0
    for _ in range(rate.burst):
        full_at, early = rate.take(full_at, now)
        assert not early
    assert rate.take(full_at, now)[1] > 0


@given(rate=RATES)
def test_a_rate_is_read_as_it_is_written(rate: Rate) -> None:
    assert Rate.parse(str(rate)) == rate


@pytest.mark.parametrize("text", ["", "5", "0:5", "5:0", "-1:5", "a:b", "5:5:5", "1e3:5", "inf:1"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        Rate.parse(text)
