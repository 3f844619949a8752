"""The log of a build as it is written, with a deadline that a silent log cannot hold up."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from hathora_deploy.client.stream import Stream

_TICK: Final = 0.25


def log_lines(run: Callable[[], Stream], *, deadline: float) -> Iterator[str]:
    """Lines of what ``run`` opens, until it ends or the ``deadline``, a ``time.monotonic()``, has come.

    Raises what ``run`` raises, or the stream when it breaks. A thread reads, because who waits for a
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
    while time.monotonic() < deadline:
        try:
            item = arrived.get(timeout=_TICK)
        except queue.Empty:
            continue
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        yield item
