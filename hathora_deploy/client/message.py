"""What goes to a cloud and what comes back, as values that no HTTP library knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from hathora_deploy.client.form import Form
from hathora_deploy.client.headers import Headers

_CONNECT_TIMEOUT: Final = 10.0
_STREAM_SILENCE: Final = 3600.0
"""A quiet game is no broken one, and keepalive finds dead peers."""


@dataclass(frozen=True)
class Request:
    """A request as it is sent: each attempt sends one of its own."""

    method: str
    url: str
    headers: Headers
    body: bytes | Form | None = field(default=None, repr=False)
    timeout: float | None = None
    """Seconds for the whole attempt; of a followed answer, until it begins."""
    is_followed: bool = False
    """Whether the answer is handed out as it arrives, however long that takes."""

    @property
    def connect_timeout(self) -> float:
        """Seconds in which there has to be a connection."""
        return min(_CONNECT_TIMEOUT, self.timeout or _CONNECT_TIMEOUT)

    @property
    def silence(self) -> float | None:
        """Seconds for which nothing may come."""
        return _STREAM_SILENCE if self.is_followed else self.timeout

    def with_headers(self, headers: Mapping[str, str]) -> Request:
        """The request with these header fields, which replace those of the same name."""
        return replace(self, headers=self.headers.merged(headers))


@dataclass(frozen=True)
class Response:
    """The head of an answer."""

    status: int
    reason: str
    headers: Headers
    url: str

    @property
    def media_type(self) -> str:
        """What the body is, without parameters; empty where the answer does not say."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def request_id(self) -> str | None:
        """The name that the cloud's log has for the call."""
        return self.headers.get("x-request-id")
