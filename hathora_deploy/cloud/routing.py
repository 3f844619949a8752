"""Finds the route of a request among many: only those are tried whose path begins as the request's does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

_BEGINNING: Final = 2
"""Segments: the resource and its version, as in ``/rooms/v2``."""


class RouterByBeginning(Router):
    """A router whose routes begin with fixed segments, but for a few, which it tries in turn for any other path."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        super().__init__(routes)
        by_beginning: dict[tuple[str, ...], list[BaseRoute]] = defaultdict(list)
        for route in routes:
            if isinstance(route, Route):
                by_beginning[_beginning(route.path)].append(route)
        self._routers = {
            beginning: Router(own)
            for beginning, own in by_beginning.items()
            if not any("{" in segment for segment in beginning)
        }

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = self._routers.get(_beginning(scope["path"])) if scope["type"] == "http" else None
        if own is not None:
            await own.app(scope, receive, send)
        else:
            await super().app(scope, receive, send)


def _beginning(path: str) -> tuple[str, ...]:
    return tuple(path.split("/", _BEGINNING + 1)[1 : _BEGINNING + 1])
