"""A command of the user's, run by the shell: with a deadline, and nothing of it left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Final

_KEPT_BYTES: Final = 16 << 10
_KEPT_LINES: Final = 20
_GRACE: Final = 2.0
"""Seconds between being asked to end and being ended."""
_DRAIN: Final = 1.0
"""Seconds for which output is waited for, when the command has ended: what it left behind may hold it open."""


@dataclass(frozen=True)
class Ran:
    """How a command ended; ``said`` is the end of what it wrote, on stdout and stderr."""

    exit_code: int | None
    """None where it did not end in time, and was ended."""
    said: tuple[str, ...]


def run_command(command: str, *, variables: Mapping[str, str], timeout: float) -> Ran:
    """Run it in the working folder, with further variables, for at most ``timeout`` seconds."""
    with (
        subprocess.Popen(  # noqa: S602  # the command is the user's own, as the user would type it
            command,
            shell=True,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, which is ended as a whole
        ) as process,
        _ended(process),
    ):
        assert process.stdout is not None  # it is a pipe
        tail = _Tail(process.stdout)
        exit_code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            exit_code = process.wait(timeout)
        if exit_code is None:
            _end(process)
        return Ran(exit_code, tail.lines())


class _Tail:
    """The end of what a pipe brings, read as it comes, so that nobody waits for it to be read."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._kept = b""
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe: IO[bytes]) -> None:
        with suppress(OSError, ValueError):  # closed, for nobody waits for it any more
            while piece := os.read(pipe.fileno(), _KEPT_BYTES):
                self._kept = (self._kept + piece)[-_KEPT_BYTES:]

    def lines(self) -> tuple[str, ...]:
        self._thread.join(_DRAIN)
        return tuple(self._kept.decode("utf-8", "replace").splitlines()[-_KEPT_LINES:])


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(tree, capture_output=True, check=False)  # noqa: S603  # a number is all it is given
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
            os.killpg(process.pid, signal.SIGKILL)  # also what has outlived the shell
    process.wait()
