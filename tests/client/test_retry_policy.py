"""How long the pauses between attempts are, and after which failures there is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.api.errors import (
    ApiError,
    BadRequest,
    InternalServerError,
    ServiceUnavailable,
    TooManyRequests,
)
from hathora_deploy.client import RetryPolicy
from hathora_deploy.client.errors import (
    ConnectionError,
    InvalidRequestError,
    RequestAbortedError,
    RequestTimeoutError,
)
from hathora_deploy.client.retry import retry_after

NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
jitters = st.floats(0, 1)
attempts = st.integers(1, 10_000)


def test_pauses_grow_by_the_exponent_up_to_a_limit() -> None:
    policy = RetryPolicy(initial_interval=1.0, exponent=2.0, max_interval=5.0)

    assert [policy.pause(attempt, jitter=0) for attempt in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, 5.0]


def test_all_default_attempts_take_a_few_seconds() -> None:
    policy = RetryPolicy()
    pauses = [policy.pause(attempt, jitter=0) for attempt in range(1, policy.max_attempts)]

    assert pauses == [0.5, 0.75, 1.125, 1.6875]


@given(attempt=attempts, jitter=jitters)
def test_jitter_takes_up_to_half_of_a_pause_away(attempt: int, jitter: float) -> None:
    policy = RetryPolicy()
    whole = policy.pause(attempt, jitter=0)

    assert whole / 2 <= policy.pause(attempt, jitter=jitter) <= whole <= policy.max_interval


@given(
    attempt=attempts,
    jitter=jitters,
    asked=st.floats(0, allow_nan=False),
    initial=st.floats(0, 1e300),
    longest=st.floats(0, 1e9),
    exponent=st.floats(1, 100),
)
def test_no_pause_is_negative_or_longer_than_allowed(
    attempt: int, jitter: float, asked: float, initial: float, longest: float, exponent: float
) -> None:
    policy = RetryPolicy(initial_interval=initial, max_interval=longest, exponent=exponent)

    assert 0 <= policy.pause(attempt, jitter=jitter, asked=asked) <= longest


def test_what_the_cloud_asks_for_is_waited_within_the_limit() -> None:
    policy = RetryPolicy(max_interval=30.0)

    assert policy.pause(1, jitter=1, asked=7.0) == 7.0
    assert policy.pause(1, jitter=1, asked=3600.0) == 30.0
    assert policy.pause(1, jitter=0, asked=0.0) == 0.5


@given(seconds=st.integers(0, 10**12))
def test_retry_after_may_be_a_number_of_seconds(seconds: int) -> None:
    assert retry_after(f" {seconds} ", now=NOW) == seconds


@given(seconds=st.integers(-(10**8), 10**8))
def test_retry_after_may_be_a_date_and_one_that_is_past_asks_for_nothing(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert retry_after(date, now=NOW) == max(0, seconds)


@pytest.mark.parametrize(
    "date", ["Sun, 22 Nov 2026 01:02:13 -0000", "Sunday, 22-Nov-26 01:02:13 GMT"]
)
def test_retry_after_may_be_a_date_of_an_older_form(date: str) -> None:
    assert retry_after(date, now=NOW) == 10


@pytest.mark.parametrize(
    "date", ["Mon, 01 Jan 2024 00:00:" + "9" * 20, "Mon, 01 Jan 2024 00:00:00 +" + "9" * 20]
)
def test_retry_after_of_no_possible_moment_is_passed_over(date: str) -> None:
    assert retry_after(date, now=NOW) is None


@given(text=st.none() | st.text() | st.text("0123456789 :,-+GMTSunNov"))
def test_a_retry_after_that_says_nothing_is_passed_over(text: str | None) -> None:
    asked = retry_after(text, now=NOW)

    assert asked is None or asked >= 0


@pytest.mark.parametrize(
    ("statuses", "status", "passes"),
    [
        ((503,), 503, True),
        ((503,), 500, False),
        (("5XX",), 599, True),
        (("5xx", 404), 404, True),
        (("4XX",), 500, False),
        (("503",), 503, True),
        ((), 503, False),
    ],
)
def test_statuses_are_named_one_by_one_or_by_the_hundred(
    statuses: tuple[int | str, ...], status: int, passes: bool
) -> None:
    assert RetryPolicy(statuses=statuses).is_passing(ApiError.of_status(status, "")) is passes


def test_a_connection_that_fails_is_tried_again_where_that_is_wished() -> None:
    for error in (ConnectionError("cut"), RequestTimeoutError("late")):
        assert not RetryPolicy().is_passing(error)
        assert RetryPolicy(connection_errors=True).is_passing(error)
    eager = RetryPolicy(connection_errors=True, statuses=("4XX", "5XX"))
    assert not eager.is_passing(RequestAbortedError("enough"))
    assert not eager.is_passing(InvalidRequestError("no"))


def test_what_cannot_be_repeated_is_sent_again_only_where_nothing_was_done() -> None:
    policy = RetryPolicy()

    assert policy.may_repeat(TooManyRequests(""), is_repeatable=False)
    assert policy.may_repeat(ConnectionError("refused", was_sent=False), is_repeatable=False)
    assert not policy.may_repeat(ConnectionError("cut", was_sent=True), is_repeatable=False)
    for error in (InternalServerError(""), ServiceUnavailable(""), BadRequest("")):
        assert not policy.may_repeat(error, is_repeatable=False)
        assert policy.may_repeat(error, is_repeatable=True)
        assert RetryPolicy(repeat_unsafe=True).may_repeat(error, is_repeatable=False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_attempts": 0},
        {"initial_interval": -1.0},
        {"max_interval": -1.0},
        {"max_elapsed": -1.0},
        {"exponent": 0.5},
        {"statuses": (42,)},
        {"statuses": ("XXX",)},
        {"statuses": ("5X",)},
        {"statuses": ("5X3",)},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRequestError, match="retry policy"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]  # of several types
