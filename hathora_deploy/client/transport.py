"""HTTP as the client uses it: one session, a timeout on every call, errors of our own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from hathora_deploy.client.errors import ConnectionError, RequestTimeoutError, TransportError
from hathora_deploy.secret import Secret

CONNECT_TIMEOUT = 10.0
"""Seconds to reach the cloud."""


class BearerAuth(AuthBase):
    """The token as a header. Set as ``auth``, or requests would let ~/.netrc replace it."""

    def __init__(self, token: Secret | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            text = self._token.reveal()
            is_complete = text.lower().startswith("bearer ")
            request.headers["Authorization"] = text if is_complete else f"Bearer {text}"
        return request


def open_session(endpoint: str) -> requests.Session:
    """A session for one endpoint. Dead peers of silent streams are found by TCP keepalive."""
    session = requests.Session()
    adapter = _KeepaliveAdapter(pool_maxsize=16)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    # A proxy of the environment cannot reach this machine's own loopback.
    session.trust_env = not is_loopback(endpoint)
    return session


def is_loopback(endpoint: str) -> bool:
    """Whether an endpoint is on this machine."""
    host = urlsplit(endpoint).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


@contextmanager
def translated_errors(url: str) -> Iterator[None]:
    """What requests and urllib3 raise, as the client's own errors, without query strings."""
    where = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    try:
        yield
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise RequestTimeoutError(f"{where} took too long to answer") from error
    except (
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        urllib3.exceptions.ProtocolError,
        OSError,
    ) as error:
        if isinstance(error, requests.exceptions.RequestException) and not isinstance(
            error,
            requests.exceptions.ConnectionError | requests.exceptions.ChunkedEncodingError,
        ):
            raise TransportError(f"{where}: {error}") from error
        raise ConnectionError(f"{where} {_describe(error)}") from error


def _describe(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection: nothing listens there"
        if isinstance(cause, socket.gaierror):
            return "cannot be found: unknown host"
        if isinstance(cause, urllib3.exceptions.SSLError):
            return "did not show a certificate that is trusted"
        nested = cause.args[0] if cause.args and isinstance(cause.args[0], BaseException) else None
        reason = getattr(cause, "reason", None)
        cause = reason if isinstance(reason, BaseException) else nested or cause.__cause__
    return "cut the connection"


class _KeepaliveAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        options = [
            *urllib3.connection.HTTPConnection.default_socket_options,
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        ]
        for name, seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6)):
            if hasattr(socket, name):  # spelled otherwise, or absent, outside Linux
                options.append((socket.IPPROTO_TCP, getattr(socket, name), seconds))
        super().init_poolmanager(*args, socket_options=options, **kwargs)
