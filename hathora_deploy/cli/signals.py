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


class _Ear:
    """The handler of the signals: the first one raises Interrupted; the second asks for patience,
    for cleaning up is short and half a clean-up is what it prevents; the third raises again."""

    def __init__(self) -> None:
        self.heard = 0

    def __call__(self, number: int, _: FrameType | None) -> None:
        self.heard += 1
        if self.heard == 2:
            os.write(2, PATIENCE)  # print() may be in use by the code that was interrupted
        else:
            raise Interrupted(number)

    def hear_again(self, number: int) -> None:
        """What was raised where nothing can be raised, in a finalizer, is raised a moment later."""
        self.heard = 0
        threading.Timer(0.01, _thread.interrupt_main, [number]).start()


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it a signal raises Interrupted.

    Afterwards a process that was interrupted is deaf to more of it, for it is about to exit.
    """
    ear = _Ear()
    before = {number: signal.getsignal(number) for number in ENDING}
    unraisable = sys.unraisablehook

    def on_unraisable(lost: sys.UnraisableHookArgs) -> None:
        if isinstance(lost.exc_value, Interrupted):
            ear.hear_again(lost.exc_value.number)
        else:
            unraisable(lost)

    sys.unraisablehook = on_unraisable
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup, and the shell's background jobs
            signal.signal(number, ear)
    try:
        yield
    except Exception as error:
        # click raises another in its place, as does pydantic while it serializes.
        if interrupt := _interrupt_behind(error):
            raise interrupt from None
        raise
    finally:
        if ear.heard:
            hear_no_more()
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            if signal.getsignal(number) is ear:
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def hear_no_more() -> None:
    """What is done cannot be interrupted any more: nothing is left but to tell of it and to exit."""
    for number in ENDING:
        if isinstance(signal.getsignal(number), _Ear):
            signal.signal(number, signal.SIG_IGN)


def _interrupt_behind(error: BaseException | None) -> Interrupted | None:
    while error is not None and not isinstance(error, Interrupted):
        # click ends the line of the ^C, which a terminal that was closed refuses.
        error = error.__context__ if isinstance(error, OSError) else error.__cause__
    return error
