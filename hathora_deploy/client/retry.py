"""When to try again, and after how long. Decides only; who asks does the waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from hathora_deploy.api.errors import ApiError
from hathora_deploy.client.errors import (
    ConnectionError,
    InvalidRequestError,
    RequestTimeoutError,
)
from hathora_deploy.errors import HathoraError

_TOO_MANY_REQUESTS: Final = 429


@dataclass(frozen=True)
class RetryPolicy:
    """Which failures are tried again, how often, and how long between; times are in seconds.

    A POST that is not repeatable is sent again only where the first cannot have done anything:
    after a 429, or when no connection came about. ``repeat_unsafe`` sends it again in any case.
    """

    max_attempts: int = 5
    """The first one included: with the other defaults they take 2 to 4 seconds."""
    initial_interval: float = 0.5
    max_interval: float = 60.0
    """The longest pause, also of those that a cloud asks for with Retry-After."""
    exponent: float = 1.5
    max_elapsed: float = 3600.0
    """No attempt begins later than this after the first."""
    statuses: tuple[int | str, ...] = (429, 500, 502, 503, 504)
    """Statuses that may pass; ``"5XX"`` stands for all from 500 to 599."""
    connection_errors: bool = False
    """Whether a connection that fails, or an answer that does not come in time, may pass too."""
    repeat_unsafe: bool = False

    def __post_init__(self) -> None:
        intervals = (self.initial_interval, self.max_interval, self.max_elapsed)
        if self.max_attempts < 1 or self.exponent < 1 or min(intervals) < 0:
            raise InvalidRequestError(
                "a retry policy needs an attempt, an exponent of at least 1, and no negative time"
            )
        for status in self.statuses:
            if not _is_status(str(status)):
                raise InvalidRequestError(
                    f"a retry policy names statuses like 503 or '5XX', not {status!r}"
                )

    def is_passing(self, error: HathoraError) -> bool:
        """Whether the next attempt may fare better."""
        if isinstance(error, ApiError):
            named = {str(status).upper() for status in self.statuses}
            return str(error.status) in named or f"{error.status // 100}XX" in named
        return self.connection_errors and isinstance(error, ConnectionError | RequestTimeoutError)

    def may_repeat(self, error: HathoraError, *, is_repeatable: bool) -> bool:
        """Whether the next attempt can do no harm."""
        if is_repeatable or self.repeat_unsafe:
            return True
        if isinstance(error, ApiError):
            return error.status == _TOO_MANY_REQUESTS
        return not getattr(error, "was_sent", True)

    def pause(self, attempt: int, *, jitter: float, asked: float | None = None) -> float:
        """Seconds to wait after ``attempt``, from 1, failed; ``asked`` is what the cloud asked for.

        ``jitter``, from 0 to 1, takes up to half away from what grows by the attempt, so that calls
        that failed together do not return together.
        """
        if asked:
            return min(asked, self.max_interval)
        try:
            grown = self.initial_interval * self.exponent ** (attempt - 1)
        except OverflowError:
            grown = self.max_interval
        return min(grown, self.max_interval) * (1 - jitter / 2)


def asked_pause(failure: HathoraError, *, now: datetime) -> float | None:
    """The seconds that a cloud asked for with an error; None where it did not."""
    if not isinstance(failure, ApiError):
        return None
    return retry_after(failure.headers.get("retry-after"), now=now)


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for: it holds a number of them, or a date."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        asked = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if asked.tzinfo is None:  # RFC 9110 dates are in GMT, and so is one that says "-0000"
        asked = asked.replace(tzinfo=now.tzinfo)
    return max(0.0, (asked - now).total_seconds())


def _is_status(text: str) -> bool:
    return (
        len(text) == 3 and text[0] in "12345" and (text[1:].isdigit() or text[1:].upper() == "XX")
    )
