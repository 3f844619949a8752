"""HTTP as the client uses it: one session, a timeout on every call, errors of our own."""

from __future__ import annotations

import builtins
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from hathora_deploy.api.errors import RequestValidationError
from hathora_deploy.client.errors import (
    ConnectionError,
    EndpointError,
    RequestTimeoutError,
    TransportError,
)
from hathora_deploy.secret import Secret

CONNECT_TIMEOUT = 10.0
"""Seconds to reach the cloud."""


class BearerAuth(AuthBase):
    """The token as a header. Set as ``auth``, or requests would let ~/.netrc replace it."""

    def __init__(self, token: Secret | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        text = self._token.reveal().strip() if self._token else ""
        if not (text.isascii() and text.isprintable()):
            # http.client would refuse it too, and show it.
            raise RequestValidationError("the token holds characters that no token has")
        if text:
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


def checked_endpoint(endpoint: str) -> str:
    """The endpoint without a slash at its end. Raises EndpointError when nothing can be sent there."""
    try:
        parts = urlsplit(endpoint)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    # Not quoted in the message: somebody may have pasted a token, or a password in the URL.
    if not is_usable:
        raise EndpointError("the endpoint is not an http:// or https:// URL")
    if parts.username is not None or parts.query or parts.fragment:
        raise EndpointError("the endpoint holds a user name or a query: the token is passed apart")
    return endpoint.rstrip("/")


@contextmanager
def translated_errors(url: str) -> Iterator[None]:
    """What requests and urllib3 raise, as the client's own errors, without query strings."""
    where = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        causes = list(_causes(error))
        if any(isinstance(cause, _TIMEOUTS) for cause in causes):
            raise RequestTimeoutError(f"{where} took too long to answer") from error
        if any(isinstance(cause, _CUTS) for cause in causes):
            raise ConnectionError(f"{where} {_describe(causes)}") from error
        if any(isinstance(cause, _NO_HOSTS) for cause in causes):
            raise EndpointError(f"{where} names no host that can be asked for") from error
        raise TransportError(f"{where}: {error}") from error


_NO_HOSTS = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError)
_TIMEOUTS = (requests.Timeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)
_CUTS = (
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.ProtocolError,
    urllib3.exceptions.SSLError,
    # Not OSError itself: every exception of requests is one.
    builtins.ConnectionError,
    socket.gaierror,
    ssl.SSLError,
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it wraps: each library of the stack has its own way to say so."""
    cause: object = error
    while isinstance(cause, BaseException):
        yield cause
        nested = next((arg for arg in cause.args if isinstance(arg, BaseException)), None)
        cause = getattr(cause, "reason", None) or nested or cause.__cause__


def _describe(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection: nothing listens there"
        if isinstance(cause, socket.gaierror):
            return "cannot be found: unknown host"
        if isinstance(cause, urllib3.exceptions.SSLError | ssl.SSLError):
            return "did not show a certificate that is trusted"
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
