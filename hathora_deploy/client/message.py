"""What goes to a cloud and what comes back, as values that no HTTP library knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hathora_deploy.client.form import Form
from hathora_deploy.client.headers import Headers


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
