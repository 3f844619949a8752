"""What lies beneath an error of an HTTP library."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """An error and what it wraps: each library of the stack has its own way to say so."""
    yield error
    inner = [*error.args, getattr(error, "reason", None), error.__cause__, error.__context__]
    if isinstance(error, BaseExceptionGroup):
        inner.extend(error.exceptions)
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from causes_of(cause)


def described(causes: list[BaseException]) -> str:
    """What became of a connection, in words."""
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection: nothing listens there"
        if isinstance(cause, socket.gaierror):
            return "cannot be found: unknown host"
        if isinstance(cause, ssl.SSLError):
            return "did not show a certificate that is trusted"
    return "cut the connection"
