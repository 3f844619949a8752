"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from hathora_deploy.errors import HathoraError


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """A deploy can go well."""
    PROBLEM = "problem"
    """A deploy cannot."""


@dataclass(frozen=True)
class Finding:
    """What a check is about, what it has found, and the fix: best a command."""

    about: str
    state: State
    what: str
    fix: str | None = None

    @classmethod
    def ok(cls, about: str, what: str) -> Self:
        return cls(about, State.OK, what)

    @classmethod
    def warning(cls, about: str, what: str, fix: str | None = None) -> Self:
        return cls(about, State.WARNING, what, fix)

    @classmethod
    def problem(cls, about: str, what: str, fix: str | None = None) -> Self:
        return cls(about, State.PROBLEM, what, fix)

    @classmethod
    def of_error(cls, about: str, error: HathoraError) -> Self:
        """A problem that was raised."""
        return cls.problem(about, error.message, error.hint)
