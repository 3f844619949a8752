"""What reports tell of: a deploy, a promotion or a rollback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "deploy": ("prepare", "package", "upload", "build", "deploy", "verify", "room"),
    "promote": ("prepare", "deploy", "verify"),
    "rollback": ("prepare", "deploy"),
}
"""By command, the steps that every report of it has, so that services can follow each from one run to the next."""


@dataclass(frozen=True)
class Subject:
    """A command, and the name of what it is about."""

    command: str
    name: str

    @classmethod
    def deploy(cls, path: Path) -> Self:
        """Of the folder, or the archive, of that name."""
        try:
            return cls("deploy", path.resolve().name)
        except OSError:  # the working folder is gone, which the deploy says
            return cls("deploy", path.name)

    @property
    def steps(self) -> tuple[str, ...]:
        """Those of its command."""
        return STEPS[self.command]
