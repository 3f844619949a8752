"""What a call asks of whoever carries it out, step by step; it does no I/O itself."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hathora_deploy.client.message import Request, Response

T = TypeVar("T")


@dataclass(frozen=True)
class Send:
    """Send this. What comes of it is an Arrived, or a TransportError."""

    request: Request


@dataclass(frozen=True)
class Pause:
    """Wait, in seconds."""

    seconds: float


@dataclass(frozen=True)
class Ask:
    """Call a function of the program's, which may be async where the client is."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    is_secret: bool = False
    """Whether text that it returns is handed over as a Secret, which no frame shows."""


@dataclass(frozen=True)
class Arrived:
    """An answer. One that is followed has no body yet, but the connection that it arrives on."""

    response: Response
    body: bytes = field(default=b"", repr=False)
    connection: Any = None


Step = Send | Pause | Ask
Steps = Generator[Step, Any, T]
"""The steps of a call: it is sent what came of each, or thrown what was raised, and returns a T."""
