"""A function of somebody's own: it is waited for, and left behind where that takes too long."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Final

_TICK: Final = 0.25


class FunctionError(Exception):
    """It has raised an exception, which is the cause, or did not end in time."""


def run_function(function: Callable[[], object], *, timeout: float) -> None:
    """Call it in a thread, for who waits for it is to hear of Ctrl-C. Raises FunctionError."""
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            function()
            ended.put(None)
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            ended.put(error)

    threading.Thread(target=run, name="hook", daemon=True).start()
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            error = ended.get(timeout=_TICK)
        except queue.Empty:
            continue
        if error is not None:
            raise FunctionError(f"{type(error).__name__}: {error}") from error
        return
    raise FunctionError(f"it did not end within {timeout:g} s")
