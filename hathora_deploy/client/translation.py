"""What requests and urllib3 raise, as the client's own errors."""

from __future__ import annotations

import builtins
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3

from hathora_deploy.client.causes import advice, causes_of, described
from hathora_deploy.client.endpoint import origin
from hathora_deploy.client.errors import (
    ConnectionError,
    EndpointError,
    RequestTimeoutError,
    TransportError,
    UnexpectedClientError,
)
from hathora_deploy.client.proxy import proxy_failure, unusable_proxy


@contextmanager
def translated_errors(url: str) -> Iterator[None]:
    """Raises a TransportError for what the libraries raise, without query strings."""
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise _translated(error, url) from error


def _translated(error: Exception, url: str) -> TransportError:
    where = origin(url)
    causes = causes_of(error)
    was_sent = not any(isinstance(cause, _UNSENT) for cause in causes)
    if any(isinstance(cause, _TIMEOUTS) for cause in causes):
        return RequestTimeoutError(f"{where} took too long to answer", was_sent=was_sent)
    if any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes):
        return proxy_failure(causes, where, was_sent=was_sent)
    if any(isinstance(cause, _CUTS) for cause in causes):
        hint = advice(causes, variable="REQUESTS_CA_BUNDLE")
        return ConnectionError(f"{where} {described(causes)}", hint=hint, was_sent=was_sent)
    if isinstance(error, requests.exceptions.InvalidSchema):
        return unusable_proxy("its proxy speaks SOCKS, which needs the package PySocks", where)
    if any(isinstance(cause, _NO_PROXIES) or _is_of_another(cause, where) for cause in causes):
        return unusable_proxy("its proxy is no URL that can be used", where)
    if any(isinstance(cause, _NO_HOSTS) for cause in causes):
        return EndpointError(f"{where} names no host that can be asked for")
    return UnexpectedClientError(f"{where}: {type(error).__name__}: {error}", was_sent=was_sent)


def _is_of_another(error: BaseException, where: str) -> bool:
    """Whether what cannot be read is not where the call goes, but the proxy before it."""
    is_unread = isinstance(error, urllib3.exceptions.LocationParseError)
    return is_unread and (urlsplit(where).hostname or "") not in str(error).lower()


_NO_PROXIES: Final = (
    requests.exceptions.InvalidProxyURL,
    urllib3.exceptions.ProxySchemeUnknown,
    urllib3.exceptions.ProxySchemeUnsupported,
)
_NO_HOSTS: Final = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError)
_TIMEOUTS: Final = (requests.Timeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)
_UNSENT: Final = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
    ConnectionRefusedError,
    socket.gaierror,
    ssl.SSLCertVerificationError,
)
_CUTS: Final = (
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.ProtocolError,
    urllib3.exceptions.SSLError,
    # Not OSError itself: every exception of requests is one.
    builtins.ConnectionError,
    socket.gaierror,
    ssl.SSLError,
)
