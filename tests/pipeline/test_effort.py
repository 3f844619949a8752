from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, strategies as st

from hathora_deploy.pipeline.effort import Effort, Flow, next_effort

RATES = st.floats(1e3, 1e11)
EFFORTS = st.sampled_from(Effort)
FLOWS = st.builds(
    lambda waiting, least, spread, packer: Flow(waiting, least, least * spread, packer),
    st.just(0) | st.integers(0, 1 << 36),
    RATES,
    st.floats(1, 4),
    RATES,
)
WAVERING = st.floats(0.96, 1.04)


def test_the_effort_stays_while_a_rate_is_unknown() -> None:
    known = Flow(1 << 40, 1e6, 1e6, 1e9)
    for name in ("link_least", "link_most", "packer"):
        for now in Effort:
            assert next_effort(replace(known, **{name: None}), now) is now


@given(FLOWS, EFFORTS)
def test_no_more_than_the_fast_effort_is_made_for_a_link_that_may_run_dry(
    flow: Flow, now: Effort
) -> None:
    assert flow.link_most is not None
    if flow.waiting < 0.5 * flow.link_most:
        assert next_effort(flow, now) <= Effort.FAST


@given(FLOWS, EFFORTS)
def test_blocks_are_stored_only_for_a_link_that_may_take_them_sooner(
    flow: Flow, now: Effort
) -> None:
    assert flow.link_least is not None
    assert flow.packer is not None
    if next_effort(flow, now) is Effort.STORED:
        assert flow.link_least >= 0.9 * flow.packer


@given(FLOWS, EFFORTS, st.floats(1, 100))
def test_a_faster_link_never_asks_for_more_effort(flow: Flow, now: Effort, times: float) -> None:
    assert flow.link_least is not None
    assert flow.link_most is not None
    # One that is ahead of a packer which stores has that do more: what waits is told apart.
    assume(now is not Effort.STORED or flow.waiting < 2 * flow.link_most)
    faster = replace(flow, link_least=flow.link_least * times, link_most=flow.link_most * times)
    assert next_effort(faster, now) <= next_effort(flow, now)


@given(FLOWS, EFFORTS, st.integers(0, 1 << 36))
def test_more_that_waits_never_asks_for_less_effort(flow: Flow, now: Effort, more: int) -> None:
    fuller = replace(flow, waiting=flow.waiting + more)
    assert next_effort(fuller, now) >= next_effort(flow, now)


@given(FLOWS, EFFORTS, WAVERING, WAVERING, WAVERING)
def test_what_has_changed_is_not_changed_back_by_rates_that_waver(
    flow: Flow, now: Effort, waiting: float, link: float, packer: float
) -> None:
    changed = next_effort(flow, now)
    assert flow.link_least is not None
    assert flow.link_most is not None
    assert flow.packer is not None
    wavered = Flow(
        int(flow.waiting * waiting),
        flow.link_least * link,
        flow.link_most * link,
        flow.packer * packer,
    )
    if changed is not now:
        assert next_effort(wavered, changed) is not now


PART, BLOCK = 16, 1
"""Mebibytes."""
SPEED = {Effort.STORED: 4.0, Effort.FAST: 1.0, Effort.SMALL: 1 / 7, Effort.SMALLEST: 1 / 12}


def seconds_of(
    blocks: int, *, packer: float, link: float, ratio: float, is_adapting: bool
) -> float:
    """What a deploy takes; rates in MiB per second, ``ratio`` is what FAST makes of a byte."""
    size = {
        Effort.STORED: 1.0,
        Effort.FAST: ratio,
        Effort.SMALL: ratio * 0.97,
        Effort.SMALLEST: ratio * 0.94,
    }
    now, made, sent, clock, busy = Effort.FAST, 0.0, 0.0, 0.0, 0.0
    for _ in range(blocks):
        there = made // PART * PART
        if is_adapting:
            known = sent / busy if busy > 0.25 else None
            waiting = max(0.0, there - sent - 4 * PART)
            rate = packer if clock > 0.25 else None
            now = next_effort(Flow(int(waiting), known, known, rate), now)
        took = BLOCK / (packer * SPEED[now])
        clock += took
        working = min(took, (there - sent) / link)
        sent, busy = sent + working * link, busy + working
        made += size[now]
    return clock + (made - sent) / link


@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("packer", [20.0, 100.0, 300.0, 1500.0])
@pytest.mark.parametrize("link", [1.0, 5.0, 12.0, 60.0, 125.0, 300.0, 1250.0])
def test_no_link_is_worse_off_than_with_the_fast_effort_alone(
    ratio: float, packer: float, link: float
) -> None:
    fast, adapting = (
        seconds_of(1500, packer=packer, link=link, ratio=ratio, is_adapting=each)
        for each in (False, True)
    )
    assert adapting <= fast * 1.03


@pytest.mark.parametrize(
    ("packer", "link", "gain"), [(100.0, 1250.0, 0.5), (300.0, 1250.0, 0.6), (300.0, 5.0, 0.96)]
)
def test_fast_links_and_slow_ones_are_better_off(packer: float, link: float, gain: float) -> None:
    fast, adapting = (
        seconds_of(1500, packer=packer, link=link, ratio=0.75, is_adapting=each)
        for each in (False, True)
    )
    assert adapting < fast * gain
