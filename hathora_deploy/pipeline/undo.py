"""Taking back what a deploy has begun, when it fails or is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

from hathora_deploy.api.errors import NotFound
from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.patience import ON_ITS_WAY, Patience
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.retry import is_passing

_INTERVAL: Final = 0.1
_RETRIES: Final = RetryPolicy(initial_interval=0.2, exponent=2.0)


@contextmanager
def undone_on_failure(
    reporter: Reporter,
    what: str,
    undo: Callable[[], object],
    *,
    patience: Patience,
    is_needed: Callable[[], bool] = lambda: True,
) -> Iterator[None]:
    """Call ``undo`` unless the block ends well; Ctrl-C is no good end either.

    A block that creates the thing itself, so that no moment is left between, says when there is one.
    """
    try:
        yield
    except BaseException:
        if is_needed():
            _take_back(reporter, what, undo, patience)
        raise


def _take_back(
    reporter: Reporter, what: str, undo: Callable[[], object], patience: Patience
) -> None:
    """Call ``undo`` as well as it goes: the error that led here matters more than its own."""
    try:
        reporter.undoing(what)
    finally:  # whoever shows it may be what failed
        try:
            _try_for_a_while(undo, patience)
        except NotFound:
            pass  # it never came to be, or is gone already
        except HathoraError as error:
            reporter.warning(f"{what} could not be taken back: {error}")


def _try_for_a_while(undo: Callable[[], object], patience: Patience) -> None:
    """The network that failed the deploy may fail this too; calling it twice does no harm."""
    deadline = time.monotonic() + patience.undo
    for attempt in count(1):
        try:
            undo()
        except HathoraError as error:
            delay = _RETRIES.pause(attempt, jitter=0)
            if not is_passing(error) or time.monotonic() + delay > deadline:
                raise
            time.sleep(delay)
        else:
            return


def once_there(undo: Callable[[], object], patience: Patience) -> Callable[[], None]:
    """Calls ``undo`` as soon as there is something to undo: the call that creates it may be cut off.

    Raises NotFound where nothing comes.
    """

    def wait() -> None:
        deadline = time.monotonic() + min(ON_ITS_WAY, patience.undo)
        while True:
            try:
                undo()
            except NotFound:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_INTERVAL)
            else:
                return

    return wait
