"""Which failures a deploy passes over, in the hope that the next attempt fares better."""

from __future__ import annotations

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
