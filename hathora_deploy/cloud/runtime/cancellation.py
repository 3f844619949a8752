"""Acts on a build that is cancelled while it waits for an engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_LOOK: Final = 0.1


@contextmanager
def when(is_due: Callable[[], bool], act: Callable[[], object]) -> Iterator[None]:
    """Within it, a thread acts as soon as that is due, once; afterwards it is gone."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK):
            if is_due():
                act()
                return

    watcher = threading.Thread(target=watch, name="build cancellation", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
