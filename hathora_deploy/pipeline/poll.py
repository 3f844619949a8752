"""Asking again until there is an answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.retry import is_passing

AnswerT = TypeVar("AnswerT")

_FIRST_INTERVAL: Final = 0.05
_LONGEST_INTERVAL: Final = 1.0


def poll(ask: Callable[[], AnswerT | None], *, deadline: float, outage: float) -> AnswerT | None:
    """What ``ask`` returns once it is not None; None at the ``deadline``, a ``time.monotonic()``.

    Errors that may pass are passed over for ``outage`` seconds. Asks quickly at first, since a cloud on the
    same machine needs moments, and once a second later.
    """
    interval = _FIRST_INTERVAL
    last_answered = time.monotonic()
    while True:
        try:
            answer = ask()
        except HathoraError as error:
            if not is_passing(error) or time.monotonic() - last_answered > outage:
                raise
        else:
            if answer is not None:
                return answer
            last_answered = time.monotonic()
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(interval, left))
        interval = min(_LONGEST_INTERVAL, interval * 1.5)
