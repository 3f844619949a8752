"""Ctrl-C and the signals that ask a process to end, all through the one path that cleans up."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
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
    is short and half a clean-up is what it prevents; the third raises again.

    Afterwards a process that was interrupted is deaf to more of it, for it is about to exit.
    """
    heard = 0

    def hear(number: int, _: FrameType | None) -> None:
        nonlocal heard
        heard += 1
        if heard == 2:
            os.write(2, PATIENCE)  # print() may be in use by the code that was interrupted
        else:
            raise Interrupted(number)

    def hear_again(lost: sys.UnraisableHookArgs) -> None:
        nonlocal heard
        if isinstance(lost.exc_value, Interrupted):
            heard = 0
            # Not at once, or it would be lost in here.
            threading.Timer(0.01, _thread.interrupt_main, [lost.exc_value.number]).start()
        else:
            unraisable(lost)

    before = {number: signal.getsignal(number) for number in ENDING}
    unraisable = sys.unraisablehook
    sys.unraisablehook = hear_again
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup, and the shell's background jobs
            signal.signal(number, hear)
    try:
        yield
    except Exception as error:
        # click raises another in its place, as does pydantic while it serializes.
        if interrupt := _interrupt_behind(error):
            raise interrupt from None
        raise
    finally:
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            ended = signal.SIG_IGN if heard else handler
            signal.signal(number, ended if ended is not None else signal.SIG_DFL)


def _interrupt_behind(error: BaseException | None) -> Interrupted | None:
    while error is not None and not isinstance(error, Interrupted):
        error = error.__cause__
    return error
