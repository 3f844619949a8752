"""Folders that are inspected, and what is said of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.inspection import Concern, inspect

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no modes")
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00"
X86_64, ARM64 = ELF + b"\x3e\x00", ELF + b"\xb7\x00"


def add(folder: Path, path: str, content: bytes = b"", *, executable: bool = False) -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    place.chmod(0o755 if executable else 0o644)


def concerns(folder: Path) -> tuple[Concern, ...]:
    return inspect(read_context(folder))


def the_concern(folder: Path) -> str:
    (concern,) = concerns(folder)
    return str(concern)


def starting(folder: Path, *instructions: str, base: str = "debian:12") -> None:
    (folder / "Dockerfile").write_text("\n".join([f"FROM {base}", *instructions]) + "\n")
