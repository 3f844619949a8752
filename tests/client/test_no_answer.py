"""Why no answer comes, and how long that may take, over real connections."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import ConnectionError, EndpointError, RequestTimeoutError
from tests.client.conftest import Connect
from tests.client.serving import Handler, Server


def test_nobody_listening_is_a_connection_error(connect: Connect) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        cloud = connect(endpoint=f"http://127.0.0.1:{port}")
        with pytest.raises(ConnectionError, match=f"127.0.0.1:{port} refused the connection"):
            cloud.builds_v3.get_builds()


def test_an_unknown_host_is_a_connection_error(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)  # a proxy would be asked to find the host
    cloud = connect(endpoint="http://nowhere.invalid")
    with pytest.raises(ConnectionError, match=r"nowhere\.invalid cannot be found"):
        cloud.builds_v3.get_builds()


@pytest.mark.parametrize("host", ["exa mple", "a..b", "*.example", "a" * 64 + ".example"])
def test_a_host_that_there_cannot_be_is_a_fault_of_the_endpoint(
    host: str, connect: Connect
) -> None:
    with pytest.raises(EndpointError, match="no host that can be asked for") as raised:
        connect(endpoint=f"http://{host}").builds_v3.get_builds()
    assert raised.value.hint


@pytest.mark.parametrize(
    "endpoint",
    [
        "api.hathora.dev",
        "ftp://x",
        "http://",
        "",
        "http://[::1",
        "http://x:y",
        "http://u:pw@x",
        "http://x?pw",
        "http://x/?",
        "http://x/#",
        "http://x/a b",
        "http://x\t/a",
    ],
)
def test_an_endpoint_that_is_no_url_is_refused_at_once_and_not_shown(
    endpoint: str, connect: Connect
) -> None:
    with pytest.raises(EndpointError, match="endpoint") as raised:
        connect(endpoint=endpoint)
    assert "https://api.hathora.dev" in str(raised.value.hint)
    assert "pw" not in str(raised.value)


def test_a_connection_that_is_cut_is_a_connection_error(
    server: Server, cloud: HathoraCloud
) -> None:
    def hang_up(handler: Handler) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    server.answer = hang_up
    with pytest.raises(ConnectionError, match="cut the connection"):
        cloud.builds_v3.get_builds()


def test_an_answer_that_is_cut_short_is_a_connection_error(
    server: Server, cloud: HathoraCloud
) -> None:
    def cut(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"builds":')
        handler.close_connection = True

    server.answer = cut
    with pytest.raises(ConnectionError, match="cut the connection"):
        cloud.builds_v3.get_builds()


@pytest.mark.parametrize("begun", [False, True])
def test_an_answer_that_does_not_come_in_time_is_a_timeout(
    server: Server, begun: bool, connect: Connect
) -> None:
    release = threading.Event()

    def dawdle(handler: Handler) -> None:
        if begun:
            handler.begin_stream()
            handler.send_chunk(b'{"builds":')
        release.wait(30)
        handler.close_connection = True

    server.answer = dawdle
    cloud = connect(timeout=0.2)
    try:
        with pytest.raises(RequestTimeoutError, match="took too long"):
            cloud.builds_v3.get_builds()
    finally:
        release.set()


@pytest.mark.parametrize("where", ["head", "body"])
def test_an_answer_that_drips_ends_in_time(server: Server, connect: Connect, where: str) -> None:
    release = threading.Event()

    def drip(handler: Handler) -> None:
        handler.close_connection = True
        head = b"HTTP/1.1 200 OK\r\n"
        if where == "body":
            handler.wfile.write(head + b"Content-Length: 100000\r\n\r\n")
        else:
            handler.wfile.write(head + b"X-Long: ")
        with suppress(OSError):
            while not release.wait(0.02):
                handler.wfile.write(b" ")

    server.answer = drip
    cloud = connect(timeout=0.3)
    try:
        with pytest.raises(RequestTimeoutError, match="took too long"):
            cloud.builds_v3.get_builds()
    finally:
        release.set()
