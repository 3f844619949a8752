"""No answer came, or the client could not ask.

TransportError
├── ConnectionError         refused, reset, cut, unknown host, bad certificate
├── RequestTimeoutError     no connection, or no whole answer, in time
├── RequestAbortedError     the caller gave up, or closed the client
├── InvalidRequestError     it cannot be sent, to anybody
│   ├── EndpointError           the endpoint is no URL of a cloud
│   └── TokenError              the token cannot be had, or cannot be sent
└── UnexpectedClientError   a library below did what nobody foresaw
MissingLibraryError         the async client sends with httpx, which is not installed
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from hathora_deploy.api.redaction import without_secrets
from hathora_deploy.errors import HathoraError
from hathora_deploy.secret import Secret


class TransportError(HathoraError):
    """A call got no answer. ``was_sent`` says whether the cloud may have got the request."""

    def __init__(self, message: str, *, hint: str | None = None, was_sent: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.was_sent = was_sent

    def without(self, secrets: Iterable[Secret]) -> Self:
        """The same error, without these in its text, and without what has seen them below it."""
        self.message = without_secrets(self.message, secrets)
        self.args = (self.message,)
        self.__cause__ = self.__context__ = self.__traceback__ = None
        return self


class ConnectionError(TransportError):
    """The cloud could not be reached, or the connection was cut."""

    hint = "check the endpoint and the network, then try again"


class RequestTimeoutError(TransportError):
    """The cloud took too long."""

    hint = "check the network and the cloud, then try again"


class RequestAbortedError(TransportError):
    """The caller gave up: its ``abort`` was set, or the client was closed."""


class InvalidRequestError(TransportError):
    """What was asked for cannot be sent."""


class EndpointError(InvalidRequestError):
    """The endpoint is no URL that a call could be sent to."""

    hint = "an endpoint looks like https://api.hathora.dev or http://127.0.0.1:7350"


class TokenError(InvalidRequestError):
    """The token cannot be had, or cannot be sent."""


class UnexpectedClientError(TransportError):
    """A library below did what nobody foresaw."""

    hint = "set HATHORA_DEBUG=1 to see what was sent, and report it"


class MissingLibraryError(HathoraError, ImportError):
    """A library of an optional extra is not installed."""
