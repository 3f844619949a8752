"""The connections that a server lets in, and for how long, over real sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp

from hathora_deploy.cloud import connections
from tests.cloud.handlers.conftest import eventually
from tests.cloud.serving import address_of, rest_of, served


@contextmanager
def bounded_server(
    most: int, head_seconds: float = 30.0, app: ASGIApp | None = None
) -> Iterator[str]:
    http, websocket = connections.protocols(most, head_seconds=head_seconds)
    with served(
        app or Starlette(), log_config=None, log_level=None, http=http, ws=websocket
    ) as endpoint:
        yield endpoint


REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_an_address_with_too_many_connections_is_told_so_until_one_is_closed() -> None:
    with bounded_server(most=3) as endpoint, ExitStack() as held:

        def connect() -> socket.socket:
            return held.enter_context(socket.create_connection(address_of(endpoint), timeout=20))

        def answer(connection: socket.socket) -> bytes:
            connection.sendall(REQUEST)
            return connection.recv(1000)

        first = [connect() for _ in range(3)]
        assert all(answer(connection).startswith(b"HTTP/1.1 404") for connection in first)
        refused = answer(connect())
        assert refused.startswith(b"HTTP/1.1 429")
        assert b"Retry-After: 1" in refused
        assert b"too many connections" in refused
        first[0].close()
        eventually(lambda: answer(connect()), lambda seen: seen.startswith(b"HTTP/1.1 404"))


@pytest.mark.parametrize("begun", [b"", b"GET / HT", REQUEST[:-2]], ids=["silent", "slow", "late"])
def test_a_head_that_never_comes_ends_its_connection(begun: bytes) -> None:
    with (
        bounded_server(most=10, head_seconds=0.2) as endpoint,
        socket.create_connection(address_of(endpoint), timeout=20) as connection,
    ):
        connection.sendall(begun)
        assert rest_of(connection) == b""


def test_a_connection_that_has_been_good_is_not_trusted_with_the_next_head() -> None:
    with (
        bounded_server(most=10, head_seconds=2) as endpoint,
        socket.create_connection(address_of(endpoint), timeout=20) as connection,
    ):
        connection.sendall(REQUEST)
        answer = b""
        while not answer.endswith(b"Not Found"):
            received = connection.recv(1000)
            assert received, answer
            answer += received
        connection.sendall(REQUEST[:10])
        assert rest_of(connection) == b""


def test_a_head_without_end_is_cut_off() -> None:
    with (
        bounded_server(most=10) as endpoint,
        socket.create_connection(address_of(endpoint), timeout=20) as connection,
    ):
        try:
            connection.sendall(b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"x" * 10_000_000)
            said = rest_of(connection)
        except OSError:
            said = b""
        assert said == b"" or said.startswith(b"HTTP/1.1 400")


GARBAGE = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def failures(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[logging.LogRecord]]:
    """What the server says with a traceback."""
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(caplog.handler)  # others have told it not to hand on
    found: list[logging.LogRecord] = []
    # All tests have the same handler: it is to have the filter no longer than these.
    noted = [lambda record: not (record.exc_info and found.append(record))]
    monkeypatch.setattr(caplog.handler, "filters", noted)
    yield found
    logger.removeHandler(caplog.handler)


def test_a_body_that_cannot_be_read_is_refused_and_no_failure_of_the_cloud(
    failures: list[logging.LogRecord],
) -> None:
    with (
        bounded_server(most=10, app=Response("at once")) as endpoint,
        socket.create_connection(address_of(endpoint), timeout=20) as connection,
    ):
        connection.sendall(GARBAGE + b"zz\r\n")
        assert rest_of(connection).startswith(b"HTTP/1.1 400")
    assert failures == []


def test_one_that_goes_wrong_during_the_answer_ends_the_connection(
    failures: list[logging.LogRecord],
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"line\n"
            await asyncio.sleep(0.01)

    with (
        bounded_server(most=10, app=StreamingResponse(endless())) as endpoint,
        socket.create_connection(address_of(endpoint), timeout=20) as connection,
    ):
        connection.sendall(GARBAGE)
        assert rest_of(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(b"zz\r\n")
        while said := rest_of(connection):
            assert b"400" not in said
    assert failures == []
