"""A text on a terminal that is shown anew in its place, and leaves the terminal as it was."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import Final, Self

from hathora_deploy.cli.output import Output, has_colours
from hathora_deploy.cli.terminal import harmless

_ENTER: Final = (
    "\x1b[?1049h\x1b[?25l\x1b[?7l"  # the alternate screen; no cursor, no line goes on below
)
_LEAVE: Final = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_HOME: Final = "\x1b[H"
_END_OF_LINE: Final = "\x1b[K"
_BELOW: Final = "\x1b[J"


class Screen:
    """What was shown last stays on the terminal when it ends."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._shown: list[str] = []

    def show(self, lines: Sequence[str]) -> None:
        """In place of what was shown before; a terminal that is too small shows the beginning."""
        colours = has_colours(sys.stdout)
        self._shown = [harmless(line, colours=colours) for line in lines]
        fitting = self._shown[: shutil.get_terminal_size().lines]
        self._output.control(_HOME + f"{_END_OF_LINE}\n".join(fitting) + _END_OF_LINE + _BELOW)

    def __enter__(self) -> Self:
        self._output.control(_ENTER)
        return self

    def __exit__(self, *_: object) -> None:
        self._output.control(_LEAVE)
        for line in self._shown:
            self._output.data(line)
