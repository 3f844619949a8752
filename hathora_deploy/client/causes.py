"""What lies beneath an error of an HTTP library."""

from __future__ import annotations

import socket
import ssl


def causes_of(error: BaseException) -> list[BaseException]:
    """An error and what it wraps: each library of the stack has its own way to say so."""
    found = [error]
    for each in found:  # which grows meanwhile
        inner = [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            inner.extend(each.exceptions)
        found += [
            cause
            for cause in inner
            if isinstance(cause, BaseException) and not any(cause is one for one in found)
        ]
    return found


def described(causes: list[BaseException]) -> str:
    """What became of a connection, in words."""
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection: nothing listens there"
        if isinstance(cause, socket.gaierror):
            return "cannot be found: unknown host"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "did not show a certificate that is trusted"
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return "speaks no TLS, or none that is accepted here"
    return "cut the connection"


def advice(causes: list[BaseException], *, variable: str) -> str | None:
    """What to do, where that is known; the variable names what is trusted."""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return f"check the endpoint; {variable}=FILE names the certificate of a cloud that made its own"
    return None
