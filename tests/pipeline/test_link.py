from __future__ import annotations

from contextlib import ExitStack

import pytest

from hathora_deploy.pipeline.adaptation import Adaptation
from hathora_deploy.pipeline.effort import Effort
from hathora_deploy.pipeline.link import Link

MIB = 1 << 20


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def link(time: Time) -> Link:
    return Link(clock=time)


def send(link: Link, time: Time, *sizes: int, seconds: float) -> None:
    """Parts at once, which all arrive after so many seconds."""
    with ExitStack() as parts:
        for size in sizes:
            link.ready(size)
            parts.enter_context(link.sending(size))
            link.taken(size)
        time.now += seconds


def test_the_rate_is_that_of_the_time_in_which_something_is_sent(link: Link, time: Time) -> None:
    for _ in range(200):
        send(link, time, 2 * MIB, 2 * MIB, seconds=0.125)
        time.now += 100
    assert link.least == pytest.approx(32 * MIB, rel=0.05)
    assert link.most == pytest.approx(32 * MIB, rel=0.05)


def test_nothing_is_known_of_a_link_that_was_hardly_used(link: Link, time: Time) -> None:
    send(link, time, 8 * MIB, seconds=0.1)
    time.now += 100
    assert link.least is None
    assert link.most is None


def test_what_is_in_buffers_has_not_arrived(link: Link, time: Time) -> None:
    with link.sending(16 * MIB):
        link.taken(4 * MIB)
        time.now += 1
        assert link.least == 0
        assert link.most is not None
        assert link.most > 2 * MIB


def test_parts_that_arrive_together_are_not_taken_for_a_fast_link(link: Link, time: Time) -> None:
    with ExitStack() as parts:
        for _ in range(4):
            parts.enter_context(link.sending(64 * MIB))
        for _ in range(256):
            link.taken(MIB)
            time.now += 1
    assert link.least is not None
    assert link.least < 2 * MIB


def test_a_part_that_failed_has_not_arrived(link: Link, time: Time) -> None:
    def fail() -> None:
        with link.sending(MIB):
            link.taken(MIB)
            time.now += 1
            raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        fail()
    assert link.least == 0


def test_a_link_that_becomes_slower_is_soon_known_to_be(link: Link, time: Time) -> None:
    for _ in range(10):
        send(link, time, 100 * MIB, seconds=1)
    for _ in range(20):
        send(link, time, MIB, seconds=1)
    assert link.least is not None
    assert link.least < 2 * MIB


def test_parts_wait_until_somebody_sends_them(link: Link) -> None:
    for size in (3, 5, 7):
        link.ready(size)
    assert link.waiting == 15
    link.skipped(3)
    with link.sending(5):
        assert link.waiting == 7


def last_effort(*, link_rate: int, waiting: int) -> Effort:
    """Of an archive that is packed at 100 MiB/s; the rate is in MiB/s."""
    time = Time()
    link = Link(clock=time)
    adaptation = Adaptation(link, clock=time)
    link.ready(waiting)
    for _ in range(100):
        adaptation.made(adaptation.choose(), MIB)
        with link.sending(0):
            for _ in range(10):
                time.now += 0.001
                link.taken(link_rate * MIB // 1000)
        with link.sending(link_rate * MIB // 100):
            link.ready(link_rate * MIB // 100)
    return adaptation.efforts[-1]


def test_without_a_link_every_block_is_packed_fast() -> None:
    adaptation = Adaptation(Link())
    assert {adaptation.choose() for _ in range(100)} == {Effort.FAST}


def test_blocks_are_stored_for_a_fast_link_and_made_small_for_a_slow_one() -> None:
    assert last_effort(link_rate=1000, waiting=0) is Effort.STORED
    assert last_effort(link_rate=2, waiting=100 * MIB) is Effort.SMALLEST
    assert last_effort(link_rate=90, waiting=100 * MIB) is Effort.FAST


def test_an_archive_begins_as_an_earlier_one_did() -> None:
    earlier = (Effort.SMALL, Effort.STORED, Effort.FAST, Effort.SMALLEST)
    adaptation = Adaptation(Link(), earlier=earlier)
    for _ in range(6):
        adaptation.choose()
    assert adaptation.efforts[:4] == earlier
