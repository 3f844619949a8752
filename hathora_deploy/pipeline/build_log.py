"""The log of a build as it is written, which cannot hold anybody up by saying nothing or by breaking off."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from hathora_deploy.client.errors import ConnectionError
from hathora_deploy.client.stream import Stream
from hathora_deploy.pipeline.progress import Reporter

_TICK: Final = 0.25
_SILENCE: Final = 10.0
"""Seconds. A proxy may hold a connection open whose other end is gone."""


class BuildLog:
    """Hands on each line once, although whoever asks again is given the log from its beginning."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._count = 0
        self._newest = self._last = self._error = ""
        self.hint = ""
        """What the log says that mends it."""

    @property
    def reason(self) -> str:
        """What the log says of a failure."""
        return self._error or self._last

    def hand_on(self, lines: Iterable[str]) -> None:
        """Report those lines of the log, from its beginning, that are new."""
        for number, line in enumerate(lines, start=1):
            # The newest may have been cut in its middle, and is whole now.
            if number < self._count or (number == self._count and line == self._newest):
                continue
            self._count, self._newest = number, line
            self._reporter.build_line(line)
            self._last = line.strip() or self._last
            # So failures are marked in the logs of builds, and Hathora's plugins colour them by it.
            if line.startswith("Error"):
                self._error = line.removeprefix("Error:").strip()
            elif line.startswith("Hint:") and self._error:
                self.hint = line.removeprefix("Hint:").strip()


def log_lines(
    run: Callable[[], Stream],
    *,
    deadline: float,
    is_over: Callable[[], bool],
    silence: float = _SILENCE,
) -> Iterator[str]:
    """Lines of what ``run`` opens, until it ends or the ``deadline``, a ``time.monotonic()``, has come.

    After each ``silence``, ``is_over`` says whether there is nothing to wait for. Raises what either raises,
    and ConnectionError where the stream is over and did not end, or breaks. A thread reads, because who waits for a
    silent build hears of no deadline, and on Windows of no Ctrl-C; it ends when the cloud ends the log.
    """
    arrived: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()

    def read() -> None:
        try:
            with run() as stream:
                for line in stream.lines():
                    arrived.put(line)
            arrived.put(None)
        except BaseException as error:  # noqa: BLE001  # raised again where the lines are asked for
            arrived.put(error)

    threading.Thread(target=read, name="build-log", daemon=True).start()
    heard = time.monotonic()
    while time.monotonic() < deadline:
        try:
            item = arrived.get(timeout=_TICK)
        except queue.Empty:
            if time.monotonic() - heard > silence:
                if is_over():
                    raise ConnectionError("its end did not arrive", was_sent=True) from None
                heard = time.monotonic()
            continue
        heard = time.monotonic()
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        yield item
