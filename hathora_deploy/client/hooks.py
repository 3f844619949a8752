"""What a program has done at every attempt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hathora_deploy.client.message import Request, Response
from hathora_deploy.errors import HathoraError


@dataclass(frozen=True)
class Hooks:
    """Functions that are called at every attempt, in order; those of an async client may be async.

    What a hook raises ends the call and is raised from it. Requests hold the token: to print one is
    safe, to keep its headers is not.
    """

    before_request: tuple[Callable[[Request], Request | Awaitable[Request | None] | None], ...] = ()
    """May return another request, which is sent instead."""
    after_response: tuple[Callable[[Response, Request], Awaitable[None] | None], ...] = ()
    """Called when an answer came, whatever its status: whole, or, of a stream, its head."""
    on_error: tuple[Callable[[HathoraError, Request], Awaitable[None] | None], ...] = ()
    """Called when no answer came."""
