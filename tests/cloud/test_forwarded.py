"""What is believed of a call, by where it comes from and what it says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from hathora_deploy.cloud.forwarded import ForwardedCalls
from hathora_deploy.cloud.guard import HostAndOriginGuard
from hathora_deploy.cloud.origins import Origins
from hathora_deploy.cloud.trusted_proxies import TrustedProxies

PROXY, INNER, STRANGER = "10.0.0.5", "10.0.0.6", "203.0.113.9"
PROXIES = TrustedProxies.parse("10.0.0.0/24,fd00::5,127.0.0.1")


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def passed(
    peer: str, *, scheme: str = "http", kind: str = "http", proxies: Any = PROXIES, **said: str
) -> HTTPConnection | None:
    """The call as the cloud sees it; None for one that is refused."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def send(message: Message) -> None:
        if "status" in message:
            assert message["status"] == 403

    headers = {
        "host": "10.0.0.9:7350",
        **{name.replace("_", "-"): text for name, text in said.items()},
    }
    scope: Scope = {
        "type": kind,
        "scheme": scheme,
        "path": "/",
        "query_string": b"",
        "server": ("10.0.0.9", 7350),
        "client": (peer, 1234),
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
        "extensions": {"websocket.http.response": {}},
    }
    before = repr(scope)
    asyncio.run(ForwardedCalls(app, proxies=proxies)(scope, _nothing, send))
    assert repr(scope) == before
    return HTTPConnection(seen[0]) if seen else None


def caller(peer: str, forwarded_for: str) -> str | None:
    call = passed(peer, scheme="https", x_forwarded_for=forwarded_for)
    assert call is not None
    assert call.client is not None
    return call.client.host


def test_a_trusted_proxy_says_who_calls_how_and_by_which_name() -> None:
    call = passed(
        PROXY,
        x_forwarded_for=STRANGER,
        x_forwarded_proto="https",
        x_forwarded_host="api.example:8443",
    )
    assert call is not None
    assert call.client is not None
    assert call.client.host == STRANGER
    assert str(call.base_url) == "https://api.example:8443/"


def test_nobody_else_is_believed() -> None:
    call = passed(
        STRANGER,
        scheme="https",
        x_forwarded_for="127.0.0.1",
        x_forwarded_proto="http",
        x_forwarded_host="evil.example",
    )
    assert call is not None
    assert call.client is not None
    assert call.client.host == STRANGER
    assert str(call.base_url) == "https://10.0.0.9:7350/"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (STRANGER, STRANGER),
        (f"{STRANGER}, {INNER}", STRANGER),
        (f"127.0.0.1, {STRANGER}, {INNER}", STRANGER),  # whoever calls may have written the first
        (f"1.1.1.1, {STRANGER}", STRANGER),
        (f"{STRANGER}:5000", STRANGER),
        ("[2001:db8::7]:5000", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        (f"unknown, {INNER}", INNER),
        ("unknown", PROXY),
        ("", PROXY),
        (",,", PROXY),
        (f"{INNER}", INNER),
        ("]]][:", PROXY),
    ],
)
def test_the_caller_is_the_last_address_that_is_no_proxy(said: str, meant: str) -> None:
    assert caller(PROXY, said) == meant


@pytest.mark.parametrize("peer", [PROXY, "::ffff:10.0.0.5", "fd00::5"])
def test_a_proxy_is_known_by_its_address_however_it_is_written(peer: str) -> None:
    assert caller(peer, STRANGER) == STRANGER


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_in_the_clear_only_this_machine_and_proxies_are_heard(kind: str) -> None:
    scheme = "http" if kind == "http" else "ws"

    def is_heard(peer: str, **said: str) -> bool:
        return passed(peer, scheme=scheme, kind=kind, proxies=PROXIES, **said) is not None

    assert not is_heard(STRANGER)
    assert not is_heard(STRANGER, x_forwarded_proto="https")
    assert not is_heard("::ffff:203.0.113.9")
    for near in ("127.0.0.1", "127.0.0.53", "::1", "::ffff:127.0.0.1", PROXY):
        assert is_heard(near)
    assert is_heard(PROXY, x_forwarded_for=STRANGER, x_forwarded_proto="https")
    assert is_heard(PROXY, x_forwarded_for=STRANGER, x_forwarded_proto="wss")
    assert not is_heard(PROXY, x_forwarded_for=STRANGER, x_forwarded_proto="http")
    assert not is_heard(PROXY, x_forwarded_for=STRANGER, x_forwarded_proto="https, http")
    assert is_heard(PROXY, x_forwarded_for="127.0.0.1", x_forwarded_proto="http")
    assert is_heard(STRANGER) is False


def test_encrypted_everybody_is_heard() -> None:
    assert passed(STRANGER, scheme="https") is not None
    assert passed(STRANGER, scheme="wss", kind="websocket") is not None


def test_what_came_to_a_proxy_in_the_clear_is_not_encrypted_by_its_way_from_there() -> None:
    clear = {"x_forwarded_for": STRANGER, "x_forwarded_proto": "http"}
    assert passed(PROXY, scheme="https", **clear) is None


@pytest.mark.parametrize(
    ("host", "origin", "server", "status"),
    [
        ("api.example", None, "10.0.0.9", 200),
        ("API.example:7350", None, "10.0.0.9", 200),
        ("10.0.0.9:7350", None, "10.0.0.9", 200),
        ("10.0.0.9", None, "::ffff:10.0.0.9", 200),
        ("[2001:db8::1]:7350", None, "2001:db8::1", 200),
        ("10.0.0.8", None, "10.0.0.9", 403),
        ("evil.example", None, "10.0.0.9", 403),
        ("api.example", "https://api.example", "10.0.0.9", 200),
        ("api.example", "https://evil.example", "10.0.0.9", 403),
        ("api.example", "https://play.example", "10.0.0.9", 200),
        ("api.example", "http://play.example", "10.0.0.9", 403),
        ("api.example", "https://play.example:444", "10.0.0.9", 403),
        ("evil.example", "https://play.example", "10.0.0.9", 403),
        ("", None, "10.0.0.9", 403),
        ("[", None, "10.0.0.9", 403),
    ],
)
def test_a_cloud_goes_by_its_names_and_by_the_address_that_was_called(
    host: str, origin: str | None, server: str, status: int
) -> None:
    statuses: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        if "status" in message:
            statuses.append(message["status"])

    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope: Scope = {"type": "http", "server": (server, 7350), "headers": headers}
    origins = Origins.parse("https://play.example")
    guard = HostAndOriginGuard(app, hosts=frozenset({"api.example"}), origins=origins)
    asyncio.run(guard(scope, _nothing, send))
    assert statuses == [status]
