"""What is safe to print on a terminal, when others wrote it."""

from __future__ import annotations

import re
from typing import Final

_SEQUENCE: Final = re.compile(
    r"\x1b\[(?P<colour>[0-9;:]*m)"  # SGR: colours and weight
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"  # any other CSI: moves, clears, asks
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"  # strings: titles, clipboard, images
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]",  # \t and line ends stay
    re.DOTALL,
)
RESET: Final = "\x1b[0m"


def harmless(text: str, *, colours: bool) -> str:
    """The text without control sequences, but for colours where they are wanted.

    A carriage return becomes a line end: nothing overwrites what was printed before.
    """
    kept = False

    def replace(match: re.Match[str]) -> str:
        nonlocal kept
        colour = match["colour"]
        if colour is None or not colours:
            return ""
        kept = colour not in ("m", "0m")
        return f"\x1b[{colour}"

    clean = _SEQUENCE.sub(replace, text.replace("\r\n", "\n").replace("\r", "\n"))
    return clean + RESET if kept else clean
