"""The sums over the past of processes, next to counting moment by moment."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.cloud.state.usage import Span
from hathora_deploy.cloud.usage import means, peak, vcpu_hours

MOMENTS = st.integers(min_value=0, max_value=60)
VCPUS = st.sampled_from([0.25, 0.5, 0.1, 1, 3])


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(MOMENTS)
    return Span(start, start + draw(st.integers(min_value=0, max_value=30)), draw(VCPUS))


def level(found: list[Span], second: int) -> float:
    """In use throughout a second: everything in these tests begins and ends with one."""
    return sum(span.vcpus for span in found if span.start <= second < span.end)


@given(st.lists(spans(), max_size=20), MOMENTS, MOMENTS)
def test_hours_and_peak_are_what_counting_every_second_gives(
    found: list[Span], start: int, end: int
) -> None:
    levels = [level(found, second) for second in range(start, end)]

    assert vcpu_hours(found, start=start, end=end) == pytest.approx(sum(levels) / 3600, abs=1e-6)
    assert peak(found, start=start, end=end) == pytest.approx(max(levels, default=0), abs=1e-6)


@given(st.lists(spans(), max_size=20), st.sets(MOMENTS, min_size=2))
def test_means_are_what_counting_every_second_gives(found: list[Span], moments: set[int]) -> None:
    edges = sorted(moments)

    counted = [
        sum(level(found, second) for second in range(begin, end)) / (end - begin)
        for begin, end in pairwise(edges)
    ]

    assert means(found, edges) == pytest.approx(counted, abs=1e-6)


def test_a_process_that_follows_another_at_once_is_not_added_to_it() -> None:
    assert peak([Span(0, 10, 1), Span(10, 20, 1)], start=0, end=20) == 1


def test_sums_of_fractions_are_what_a_person_expects() -> None:
    many = [Span(0, 10, 0.1)] * 3

    assert peak(many, start=0, end=10) == 0.3
    assert vcpu_hours([Span(0, 3600, 0.1)] * 3, start=0, end=math.inf) == 0.3


def test_there_is_no_mean_without_two_edges() -> None:
    assert means([Span(0, 10, 1)], []) == []
    assert means([Span(0, 10, 1)], [5]) == []
