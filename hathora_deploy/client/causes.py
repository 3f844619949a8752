"""What lies beneath an error of an HTTP library."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Final


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
            why = _DISTRUST.get(cause.verify_code, (cause.verify_message, ""))[0]
            return f"did not show a certificate that is trusted: {why}"
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return "speaks no TLS, or none that is accepted here"
        if isinstance(cause, OSError) and cause.errno in _NO_WAY:
            return "cannot be reached: the network of this machine has no way to it"
    return "cut the connection"


def advice(causes: list[BaseException], *, variable: str) -> str | None:
    """What to do, where that is known; the variable names what is trusted."""
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            known = _DISTRUST.get(cause.verify_code)
            return (known[1] if known else _UNKNOWN_AUTHORITY).format(variable=variable)
    return None


_NO_WAY: Final = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
_UNKNOWN_AUTHORITY: Final = (
    "check the endpoint; {variable}=FILE names the certificate of a cloud that made its own"
)
_OTHER_HOST: Final = "write the endpoint with a name that the certificate is for"
_DISTRUST: Final = {
    9: ("it is not valid yet", "check this machine's clock: `date -u`"),
    10: ("it has expired", "renew the certificate of the cloud, or check this machine's clock"),
    18: ("it is signed by itself", _UNKNOWN_AUTHORITY),
    19: ("its authority is not known here", _UNKNOWN_AUTHORITY),
    20: ("its authority is not known here", _UNKNOWN_AUTHORITY),
    21: ("its authority is not known here", _UNKNOWN_AUTHORITY),
    62: ("it is for another host", _OTHER_HOST),
    64: ("it is for another address", _OTHER_HOST),
}
"""By OpenSSL's number (X509_V_ERR_…): what is wrong with a certificate, and what to do."""
