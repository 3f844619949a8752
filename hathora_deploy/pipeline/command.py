"""A command of somebody's own: its output as it comes, and an end to all that it has started."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

_TICK: Final = 0.1
_GRACE: Final = 5.0
"""Seconds that a command has to end when it is asked to."""
_REST: Final = 1.0
"""Seconds for what a command has still said, where something that it leaves running keeps its output open."""
_LONGEST_LINE: Final = 1 << 16
_OWN_GROUP: Final[Mapping[str, Any]] = {"start_new_session": sys.platform != "win32"}
"""A session, too: what asks for a password on the terminal is refused, and does not wait for it."""


class CommandError(Exception):
    """It could not be started, has failed, or did not end in time."""


def run_command(
    command: str | Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    timeout: float,
    say: Callable[[str], None],
) -> None:
    """Run it in the folder, a text by the shell; ``say`` hears each line of its output.

    Raises CommandError. Whatever ends this early, Ctrl-C too, ends it and what it has started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603  # to run what somebody names is what this is for
            command,
            shell=isinstance(command, str),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **_OWN_GROUP,
        )
    except OSError as error:
        raise CommandError(f"it cannot be started: {error.strerror or error}") from None
    except ValueError as error:
        raise CommandError(f"it cannot be started: {error}") from None
    try:
        is_in_time = _follow(process, deadline=time.monotonic() + timeout, say=say)
    except BaseException:
        _end(process)
        raise
    if not is_in_time:
        _end(process)
        raise CommandError(f"it did not end within {timeout:g} s")
    if process.returncode:
        raise CommandError(_ended(process.returncode))


def _follow(
    process: subprocess.Popen[bytes], *, deadline: float, say: Callable[[str], None]
) -> bool:
    """Whether it has ended in time. What it has left running may keep its output open: that goes on."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    assert process.stdout is not None
    threading.Thread(
        target=_read, args=(process.stdout, lines), name="command-output", daemon=True
    ).start()
    is_open, has_ended = True, False
    while is_open or not has_ended:
        if not has_ended and process.poll() is not None:
            has_ended, deadline = True, time.monotonic() + _REST
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            line = lines.get(timeout=min(_TICK, left))
        except queue.Empty:
            continue
        is_open = line is not None
        if line is not None:
            say(line)
    return has_ended


def _read(output: IO[bytes], lines: queue.SimpleQueue[str | None]) -> None:
    with output:
        for line in iter(lambda: output.readline(_LONGEST_LINE), b""):
            text = line.decode(errors="replace").rstrip("\r\n")
            lines.put(text.rpartition("\r")[2])  # of a progress bar, what it ends with
    lines.put(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return  # its number may be that of another by now
    if sys.platform == "win32":
        subprocess.run(  # noqa: S603  # nothing in it comes from outside
            ["taskkill", "/T", "/F", "/PID", str(process.pid)],  # noqa: S607  # a part of Windows
            capture_output=True,
            check=False,
        )
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
            _await_group(process)
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):  # of another user, say by sudo
        process.wait(_GRACE)


def _await_group(process: subprocess.Popen[bytes]) -> None:
    """Until there is nobody left in it, for which ProcessLookupError is raised, or patience is over."""
    if sys.platform == "win32":
        return
    deadline = time.monotonic() + _GRACE
    while time.monotonic() < deadline:
        os.killpg(process.pid, 0)
        time.sleep(_TICK)
        process.poll()  # a group lasts as long as somebody waits for its first


def _ended(code: int) -> str:
    if code > 0:
        return f"exit status {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"
