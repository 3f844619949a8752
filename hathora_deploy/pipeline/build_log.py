"""The log of a build as it is written, which cannot hold anybody up by saying nothing."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from hathora_deploy.client.errors import ConnectionError
from hathora_deploy.client.stream import Stream

_TICK: Final = 0.25
_SILENCE: Final = 10.0
"""Seconds. A proxy may hold a connection open whose other end is gone."""


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
