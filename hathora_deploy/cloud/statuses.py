"""The status of a refusal: one that the operation lists, since SDKs read the message of no other."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

_INSTEAD: Final[dict[int, tuple[int, ...]]] = {
    400: (422, 404, 401),
    403: (401, 404),
    404: (422, 400, 401),
    422: (400, 404, 401),
}
"""The next best of each status, the best first: what does not fit a value names nothing either."""


def listed_status(status: int, listed: Collection[int]) -> int:
    """``status`` if it is listed, else the next best that is, else ``status`` all the same."""
    if status in listed:
        return status
    return next((each for each in _INSTEAD.get(status, ()) if each in listed), status)
