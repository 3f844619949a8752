"""What BuildKit says of a build, made calm: steps and their output, without its bookkeeping."""

from __future__ import annotations

import re
from typing import Final

_STEP_LINE: Final = re.compile(r"#(?P<step>\d+) (?P<text>.*)")
_OUTPUT: Final = re.compile(r"\d+\.\d+ (?P<text>.*)")
_HIDDEN: Final = ("[internal] ", "[auth] ", "copy /context ", "resolve image config ")
_REPLAY: Final = "------"
"""Stands around a repetition of what a failed step has written."""
_WRAPPING: Final = re.compile(
    r"(ERROR: |failed to solve( with frontend \S+)?: |failed to create LLB definition: "
    r"|failed to compute cache key: |failed to calculate checksum of ref \S+: "
    r"|rpc error: code = \w+ desc = )+"
)
_MOUNT: Final = re.compile(r"/\S*/buildkit-mount\d+/")


class BuildKitLog:
    """Reads ``--progress=plain``. The last words of a failed build are held back: they are its error."""

    def __init__(self) -> None:
        self._step = ""
        self._is_hidden = False
        self._is_replay = False
        self._held: str | None = None
        self._error: str | None = None

    def read(self, line: str) -> list[str]:
        """The lines to show for a line of BuildKit's."""
        if line == _REPLAY:
            self._is_replay = not self._is_replay
        elif self._is_replay:
            return []
        elif match := _STEP_LINE.fullmatch(line):
            return self._read_step(match["step"], match["text"])
        elif line.startswith("ERROR: "):
            self._error = line
        elif line.strip():
            shown = self.rest()
            self._held = line
            return shown
        return []

    def rest(self) -> list[str]:
        """What was held back, once it is known to be no error."""
        held, self._held = self._held, None
        return [] if held is None else [held]

    def failure(self) -> str:
        """Why the build failed, in one line; empty when BuildKit did not say."""
        if self._error is None:
            self._error, self._held = self._held or "", None
        return _MOUNT.sub("", _WRAPPING.sub("", self._error, count=1)).strip()

    def _read_step(self, step: str, text: str) -> list[str]:
        if text == "...":  # another step goes on; this one's name is told again when it does
            self._step = ""
            return []
        if output := _OUTPUT.fullmatch(text):
            # A last line without an end runs into the news that the step is done.
            return [re.sub(rf"#{step} DONE [\d.]+s$", "", output["text"])]
        if step != self._step:
            self._step = step
            self._is_hidden = text.startswith(_HIDDEN)
            return [] if self._is_hidden else [text]
        if text == "CACHED" and not self._is_hidden:
            return [" ---> Using cache"]
        return [text] if text.startswith("WARN") else []
