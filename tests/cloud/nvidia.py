"""A machine with NVIDIA cards, as far as the cloud looks: a small program stands in for ``nvidia-smi``.

It prints what a test has it print, in the formats of the real one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from hathora_deploy.cloud import gpus, machine

_PROGRAM = """#!/bin/sh
cd {folder}
echo "$*" >> asked
case "$1" in
  pmon) cat every ;;
  *) cat computing ;;
esac
"""


@dataclass(frozen=True)
class Nvidia:
    """The folder of the program and of what it prints."""

    folder: Path

    def prints(self, *, every: str = "", computing: str = "") -> None:
        """From now on; until then it fails."""
        for name, text in (("every", every), ("computing", computing)):
            draft = self.folder / f"{name}.draft"
            draft.write_text(text)
            draft.rename(self.folder / name)

    def becomes(self, script: str) -> None:
        program = self.folder / "nvidia-smi"
        program.write_text(script)
        program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        """The arguments of each time that it was run."""
        log = self.folder / "asked"
        return log.read_text().splitlines() if log.exists() else []


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Nvidia:
    """A machine with one card."""
    folder.mkdir()
    (folder / "cards" / "0000:01:00.0").mkdir(parents=True)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(machine, "_NVIDIA", folder / "cards")
    namespace = Path("/proc/self/ns/pid")
    monkeypatch.setattr(gpus, "_OUTERMOST", namespace.stat().st_ino)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    nvidia = Nvidia(folder)
    nvidia.becomes(_PROGRAM.format(folder=folder))
    return nvidia
