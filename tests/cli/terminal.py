"""A terminal, and somebody who types on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shown:
    """What stood on the terminal in the end, what was typed and echoed included."""

    text: str
    returncode: int


def on_terminal(
    words: Sequence[str], *, cwd: Path, env: Mapping[str, str], prompt: str = "", typed: str = ""
) -> Shown:
    """Run a program on a terminal of its own, and type a line when a text stands there."""
    import fcntl
    import pty
    import termios

    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, 100))
    process = subprocess.Popen(
        words,
        cwd=cwd,
        env={"TERM": "xterm-256color", **env},
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(its)
    shown, is_typed = b"", not prompt
    with process:
        while piece := _read(ours):
            shown += piece
            if not is_typed and prompt.encode() in shown:
                os.write(ours, f"{typed}\n".encode())
                is_typed = True
        process.wait(timeout=60)
    os.close(ours)
    assert is_typed, shown
    return Shown(shown.decode(), process.returncode)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when nobody has the other side any more
        return b""
