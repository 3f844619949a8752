"""Refuses what any web page in a browser could send to a cloud on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from hathora_deploy.cloud.origins import Origins
from hathora_deploy.ip_address import address_of

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class HostAndOriginGuard:
    """Lets through only calls to a name of this cloud, from no page, its own, or one of an allowed origin.

    A page whose name is made to resolve to loopback shows that name as ``Host``; one that calls
    across origins shows itself as ``Origin``. The address that a call has come to is no such name.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], origins: Origins) -> None:
        self._app = app
        self._origins = origins
        self._hosts = hosts | _LOOPBACK_NAMES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            names = self._hosts | _addressed(scope)
            problem = self._problem(headers, names)
            if problem is not None:
                response = JSONResponse({"message": problem}, status_code=403)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, headers: Headers, names: frozenset[str]) -> str | None:
        if _host_name(f"//{headers.get('host', '')}") not in names:
            return "this cloud does not go by the name in the Host header"
        origin = headers.get("origin")
        if origin is None or origin in self._origins or _host_name(origin) in names:
            return None
        return "this cloud takes no calls from pages of another origin, but for those that --allow-origin names"


def _addressed(scope: Scope) -> frozenset[str]:
    server = scope.get("server")
    address = address_of(server[0]) if server else None
    return frozenset({str(address)}) if address is not None else frozenset()


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
