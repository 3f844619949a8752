"""Ctrl-C and the signals that ask a process to end, all through the one path that cleans up."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from hathora_deploy.cli.errors import Interrupted

ENDING: Final = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
]
"""SIGHUP is missing on Windows, SIGBREAK everywhere else."""

PATIENCE: Final = b"cleaning up; once more to leave it and stop at once\n"


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it the first signal raises Interrupted; the second asks for patience, for cleaning up
    is short and half a clean-up is what it prevents; the third raises again."""
    heard = 0

    def hear(number: int, _: FrameType | None) -> None:
        nonlocal heard
        heard += 1
        if heard == 2:
            os.write(2, PATIENCE)  # print() may be in use by the code that was interrupted
        else:
            raise Interrupted(number)

    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup, and the shell's background jobs
            signal.signal(number, hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
