"""This machine's clock against that of the cloud."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.checks.clock import check_clock, skew
from hathora_deploy.pipeline.checks.finding import State
from tests.client.serving import Handler, served

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [-29, 0, 29])
def test_half_a_minute_is_borne(seconds: int) -> None:
    date = format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)
    assert skew(date, begun=NOON, ended=NOON).state is State.OK


def test_a_slow_answer_is_no_skew() -> None:
    date = format_datetime(NOON, usegmt=True)
    assert skew(date, begun=NOON, ended=NOON + timedelta(minutes=5)).state is State.OK


def test_a_cloud_that_says_no_time_is_a_warning() -> None:
    for date in (None, "", "noon"):
        assert skew(date, begun=NOON, ended=NOON).state is State.WARNING


@pytest.mark.parametrize(
    ("hours", "told"), [(2, r"7,(19|20)\d s behind the cloud's"), (-2, "ahead of the cloud's")]
)
def test_a_clock_that_is_off_is_a_problem_whatever_the_answer(hours: int, told: str) -> None:
    def answer(handler: Handler) -> None:
        now = datetime.now(UTC) + timedelta(hours=hours)
        handler.date_time_string = lambda *_: format_datetime(now, usegmt=True)  # type: ignore[method-assign]  # what it sends as Date
        handler.send(200, b"[]")

    with served() as server, HathoraCloud("t", endpoint=server.endpoint) as cloud:
        server.answer = answer
        finding = check_clock(cloud)
    assert finding.state is State.PROBLEM
    assert re.search(told, finding.what)
