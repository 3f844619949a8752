"""A wait that lasts: somebody is told that it goes on, ever more rarely."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from hathora_deploy.cli.output import Output

FIRST: Final = 5.0
"""Seconds without news before the first word."""
_TICK: Final = 0.25


def telling(output: Output, what: str) -> Silence:
    """Says what is waited for: ``for the local cloud to start``."""
    return Silence(lambda seconds: output.say(f"  waiting   {what}, {seconds:.0f} s so far"))


class Silence:
    """While it is entered, calls ``tell`` with the seconds without news: after 5, 10, 20, 40 …

    A thread of its own calls it. ``tick`` is called with them four times a second, for what moves.
    """

    def __init__(
        self,
        tell: Callable[[float], None],
        *,
        tick: Callable[[float], None] = lambda seconds: None,
        first: float = FIRST,
    ) -> None:
        self._tell = tell
        self._tick = tick
        self._first = first
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.news()

    def news(self, *, until_next: float = 0.0) -> None:
        """Something was told, or has begun; nothing more is expected for ``until_next`` seconds."""
        with self._lock:
            self._since = time.monotonic()
            self._due = self._first + until_next

    def __enter__(self) -> Self:
        self.news()
        self._ended.clear()
        self._thread = threading.Thread(target=self._listen, name="silence", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Returns when nothing more will be told."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _listen(self) -> None:
        while not self._ended.wait(_TICK):
            with self._lock:
                seconds = time.monotonic() - self._since
                is_due = seconds >= self._due
                if is_due:
                    self._due *= 2
            self._tick(seconds)
            if is_due:
                self._tell(seconds)
