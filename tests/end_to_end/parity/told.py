"""What a call is, and what a client tells of it, in words that both languages have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
"""What json.loads returns."""


@dataclass(frozen=True)
class Target:
    """A cloud, and who calls it: the options that both clients are made with."""

    endpoint: str
    token: str | None = None
    app_id: str | None = None
    org_id: str | None = None
    timeout: float | None = None
    """Seconds of a call; None is what each client takes by itself."""
    is_patient: bool = False
    """Whether a call is tried again, at once, where that may help."""


@dataclass(frozen=True)
class Call:
    """An operation by its public name, and its fields by the names they have on the wire."""

    operation: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    player_auth: str | None = None


@dataclass(frozen=True)
class Value:
    """What was returned, as JSON; of a stream, its text."""

    value: Json


@dataclass(frozen=True)
class Refusal:
    """What was raised."""

    kind: str
    status: int | None
    message: str


Told = Value | Refusal
