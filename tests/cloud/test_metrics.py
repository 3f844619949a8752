"""Points on a grid of time."""

from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.cloud.metrics import Grid, Point, last, rates

GRIDS = st.builds(
    lambda start, length, step: Grid(start, start + length, step),
    st.integers(0, 50),
    st.integers(1, 50),
    st.integers(1, 20),
)
MOMENTS = st.integers(0, 400).map(lambda quarter: quarter / 4)
POINTS = st.lists(st.tuples(MOMENTS, st.floats(-1e6, 1e6))).map(sorted)


@given(GRIDS, POINTS)
def test_each_step_is_summarized_by_the_points_in_it_and_empty_steps_are_left_out(
    grid: Grid, points: list[Point]
) -> None:
    expected = []
    for begin in range(int(grid.start), int(grid.end), grid.step):
        inside = [
            value for moment, value in points if begin <= moment < min(begin + grid.step, grid.end)
        ]
        if inside:
            expected.append((begin, fmean(inside)))

    assert grid.summarize(points) == expected
    assert {moment for moment, _ in expected} <= set(grid.moments())
    assert len(grid.moments()) == grid.size


@given(GRIDS, MOMENTS)
def test_the_steps_until_now_follow_each_other_and_end_with_now_or_the_grid(
    grid: Grid, now: float
) -> None:
    edges = grid.until(now)

    if now <= grid.start:
        assert edges == []
    else:
        assert edges[:-1] == [moment for moment in grid.moments() if moment < now]
        assert edges[-1] == min(now, grid.end, edges[-2] + grid.step)
        assert edges == sorted(set(edges))


def test_a_total_is_summarized_by_its_last_value() -> None:
    assert Grid(0, 20, 10).summarize([(1, 5), (9, 7), (12, 9)], last) == [(0, 7), (10, 9)]


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(1, 10))
def test_rates_add_up_to_what_the_total_grew_by(growths: list[int], interval: int) -> None:
    totals, total = [], 0
    for number, growth in enumerate(growths):
        total += growth
        totals.append((float(number * interval), float(total)))

    found = list(rates(totals))

    assert sum(rate * interval for _, rate in found) == pytest.approx(total - growths[0])


def test_a_total_that_falls_has_begun_anew_and_gives_no_rate() -> None:
    assert list(rates([(0, 100), (10, 200), (20, 30), (30, 40)])) == [(10, 10), (30, 1)]
