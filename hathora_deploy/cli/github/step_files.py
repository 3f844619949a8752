"""The files in which a step leaves its outputs and its summary."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_LARGEST_SUMMARY: Final = 1 << 20
"""Bytes: of a larger one a runner shows nothing."""
_CUT: Final = "\n\n…\n".encode()


def write_outputs(path: Path, outputs: Mapping[str, str]) -> None:
    """Add them to the file that ``GITHUB_OUTPUT`` names, each between words nobody can foresee."""
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for name, value in outputs.items():
            word = secrets.token_hex(16)
            file.write(f"{name}<<{word}\n{value}\n{word}\n")


def write_summary(path: Path, markdown: str) -> None:
    """Add it to the file that ``GITHUB_STEP_SUMMARY`` names, as far as it fits there."""
    room = _LARGEST_SUMMARY - (path.stat().st_size if path.exists() else 0)
    data = markdown.encode()
    if len(data) > room:
        whole = data[: max(0, room - len(_CUT))].decode(errors="ignore")
        data = whole.encode() + _CUT if whole else b""
    with path.open("ab") as file:
        file.write(data)
