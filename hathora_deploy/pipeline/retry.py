"""When to try again, and after how long. Decides only; who asks does the waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hathora_deploy.api.errors import ApiError
from hathora_deploy.client.errors import ConnectionError, RequestTimeoutError
from hathora_deploy.errors import HathoraError

_PASSING: Final = frozenset({408, 429})


def is_passing_status(status: int) -> bool:
    """Whether an HTTP status may be gone at the next attempt."""
    return status in _PASSING or (status >= 500 and status != 501)


def is_passing(error: HathoraError) -> bool:
    """Whether what a call raised may be gone at the next attempt."""
    if isinstance(error, ApiError):
        return is_passing_status(error.status)
    return isinstance(error, ConnectionError | RequestTimeoutError)


@dataclass(frozen=True)
class RetryPolicy:
    """How often, and how long between: delays double up to a limit, in seconds."""

    attempts: int = 5
    first_delay: float = 0.5
    longest_delay: float = 15.0

    def delay(self, attempt: int, jitter: float) -> float:
        """Seconds to wait after ``attempt``, from 1, failed. ``jitter``, from 0 to 1, takes up to half
        away, so that parts that failed together do not return together."""
        delay = min(self.longest_delay, self.first_delay * 2.0 ** (attempt - 1))
        return delay * (1 - jitter / 2)
