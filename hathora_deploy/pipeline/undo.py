"""Taking back what a deploy has begun, when it fails or is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hathora_deploy.api.errors import NotFound
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.progress import Reporter


@contextmanager
def undone_on_failure(reporter: Reporter, what: str, undo: Callable[[], object]) -> Iterator[None]:
    """Call ``undo`` unless the block ends well; Ctrl-C is no good end either."""
    try:
        yield
    except BaseException:
        take_back(reporter, what, undo)
        raise


def take_back(reporter: Reporter, what: str, undo: Callable[[], object]) -> None:
    """Call ``undo`` as well as it goes: the error that led here matters more than its own."""
    reporter.undoing(what)
    try:
        undo()
    except NotFound:
        pass  # it never came to be, or is gone already
    except HathoraError as error:
        reporter.warning(f"{what} could not be taken back: {error}")
