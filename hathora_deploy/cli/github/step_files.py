"""The files in which a step leaves its outputs and its summary."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hathora_deploy.errors import HathoraError

OUTPUT: Final = "GITHUB_OUTPUT"
SUMMARY: Final = "GITHUB_STEP_SUMMARY"
_LARGEST_SUMMARY: Final = 1 << 20
"""Bytes: of a larger one a runner shows nothing."""
_CUT: Final = "\n\n…\n".encode()


class StepFileError(HathoraError):
    """A file of the runner's takes nothing; ``variable`` names it."""

    hint = (
        "the runner makes it for each step: see that nothing removes it, fills the disk or sets"
        " that variable"
    )

    def __init__(self, file: StepFile, error: OSError) -> None:
        super().__init__(
            f"{file.path}, which {file.variable} names, cannot be written: {error.strerror}"
        )
        self.variable = file.variable


@dataclass(frozen=True)
class StepFile:
    """A file that the runner reads after the step, and the variable that names it."""

    variable: str
    path: Path

    def require(self) -> None:
        """Raises StepFileError where nothing can be added to it."""
        self.add(b"")

    def add(self, data: bytes) -> None:
        """All of it or nothing: half an output has the runner refuse them all. Raises StepFileError."""
        try:
            with self.path.open("ab", buffering=0) as file:
                before = file.tell() if file.seekable() else 0
                left = memoryview(data)
                try:
                    while left:
                        left = left[file.write(left) :]
                except OSError:
                    with suppress(OSError):  # a device has no length
                        file.truncate(before)
                    raise
        except OSError as error:
            raise StepFileError(self, error) from None

    def size(self) -> int:
        """Bytes that it holds."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


def step_files(environment: Mapping[str, str]) -> dict[str, StepFile]:
    """Those that the runner has named, by their variables."""
    named = {name: environment.get(name) for name in (OUTPUT, SUMMARY)}
    return {name: StepFile(name, Path(path)) for name, path in named.items() if path}


def write_outputs(file: StepFile, outputs: Mapping[str, str]) -> None:
    """Add them, each between words nobody can foresee. Raises StepFileError."""
    lines = []
    for name, value in outputs.items():
        word = secrets.token_hex(16)
        lines.append(f"{name}<<{word}\n{value}\n{word}\n")
    file.add("".join(lines).encode(errors="replace"))


def write_summary(file: StepFile, markdown: str) -> None:
    """Add it as far as it fits there. Raises StepFileError."""
    room = _LARGEST_SUMMARY - file.size()
    data = markdown.encode(errors="replace")
    if len(data) > room:
        whole = data[: max(0, room - len(_CUT))].decode(errors="ignore")
        data = whole.encode() + _CUT if whole else b""
    file.add(data)
