"""Who calls, and how, where a proxy stands before the cloud."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from hathora_deploy.cloud.trusted_proxies import TrustedProxies
from hathora_deploy.ip_address import address_of, is_loopback

_SCHEMES: Final = {
    "http": {"http": "http", "https": "https", "ws": "http", "wss": "https"},
    "websocket": {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"},
}
"""The scheme of a call by what a proxy calls it, for either type of call."""
_ENCRYPTED: Final = frozenset({"https", "wss"})


class ForwardedCalls:
    """Takes the caller, the scheme and the host from what a trusted proxy says, and from nobody else.

    A call that has come in the clear is refused, unless it has not left this machine, or comes from
    such a proxy, which has got it encrypted.
    """

    def __init__(self, app: ASGIApp, *, proxies: TrustedProxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in _SCHEMES:
            await self._app(scope, receive, send)
            return
        peer = _peer(scope)
        near = peer
        if peer in self._proxies:
            scope = self._believed(scope, peer)
            if "x-forwarded-proto" in Headers(scope=scope):
                near = _peer(scope)  # the proxy has got it from there, and says how
        if scope["scheme"] in _ENCRYPTED or is_loopback(near) or near in self._proxies:
            await self._app(scope, receive, send)
            return
        message = "this cloud takes calls that come over a network by https only"
        await JSONResponse({"message": message}, status_code=403)(scope, receive, send)

    def _believed(self, scope: Scope, peer: str) -> Scope:
        """The call as the proxy has got it. Of several that say something, the last is next to us."""
        headers = Headers(scope=scope)
        said = {**scope, "client": (self._caller(headers, peer), 0)}
        scheme = _last(headers, "x-forwarded-proto").lower()
        said["scheme"] = _SCHEMES[scope["type"]].get(scheme, scope["scheme"])
        host = _last(headers, "x-forwarded-host")
        if host:
            said["headers"] = list(scope["headers"])
            MutableHeaders(scope=said)["host"] = host
        return said

    def _caller(self, headers: Headers, peer: str) -> str:
        """The last that is no proxy of ours: what stands before it, anybody may have written."""
        caller = peer
        for each in reversed(_listed(headers, "x-forwarded-for")):
            host = _host(each)
            if address_of(host) is None:
                break
            caller = host
            if caller not in self._proxies:
                break
        return caller


def _peer(scope: Scope) -> str:
    """The address at the other end; nothing where there is none, as of a socket in the file system."""
    return str(scope["client"][0]) if scope.get("client") else ""


def _listed(headers: Headers, name: str) -> list[str]:
    lines = ",".join(headers.getlist(name))
    return [each.strip() for each in lines.split(",") if each.strip()]


def _last(headers: Headers, name: str) -> str:
    return next(iter(reversed(_listed(headers, name))), "")


def _host(text: str) -> str:
    """Some proxies write the caller's port, too."""
    if address_of(text) is not None:
        return text
    try:
        return urlsplit(f"//{text}").hostname or ""
    except ValueError:
        return ""
