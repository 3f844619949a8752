"""What may differ from client to client, and from call to call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self, TypedDict, Unpack

from hathora_deploy import __version__
from hathora_deploy.client.abort import Abort
from hathora_deploy.client.endpoint import DEFAULT_ENDPOINT, endpoint_of
from hathora_deploy.client.errors import InvalidRequestError
from hathora_deploy.client.headers import Headers
from hathora_deploy.client.hooks import Hooks
from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.client.token import TokenSource
from hathora_deploy.secret import Secret

USER_AGENT: Final = f"hathora-deploy/{__version__}"


class Settings(TypedDict, total=False):
    """Options by name, as a client is given them."""

    app_id: str | None
    org_id: str | None
    endpoint: str | int
    timeout: float | None
    deadline: float | None
    retries: RetryPolicy | None
    headers: Mapping[str, str]
    hooks: Hooks
    abort: Abort | None
    user_agent: str


class Changes(Settings, total=False):
    """Options by name, as a call is given others than its client has."""

    token: TokenSource


@dataclass(frozen=True)
class Options:
    """How calls are made."""

    token: TokenSource = None
    app_id: str | None = None
    """The application of operations that name none."""
    org_id: str | None = None
    """The organization of operations that name none; without one, the cloud decides."""
    endpoint: str = DEFAULT_ENDPOINT
    timeout: float | None = 60.0
    """Seconds for an attempt, its answer included; of a stream, for the beginning of the answer."""
    deadline: float | None = None
    """Seconds for a call: all its attempts and the pauses between. Cuts no stream that has begun."""
    retries: RetryPolicy | None = None
    """Which failures are tried again; without a policy, none."""
    headers: Headers = field(default_factory=Headers)
    """Header fields that every request has; they replace the client's own."""
    hooks: Hooks = field(default_factory=Hooks)
    abort: Abort | None = None
    """Ends the calls that wait when it is set."""
    user_agent: str = USER_AGENT

    def changed(self, **changes: Unpack[Changes]) -> Self:
        """The options with some of them replaced, and checked."""
        checked: dict[str, Any] = dict(changes)
        if "endpoint" in changes:
            checked["endpoint"] = endpoint_of(changes["endpoint"])
        if isinstance(token := changes.get("token"), str):
            checked["token"] = Secret(token)  # so that it is not printed
        if "headers" in changes:
            checked["headers"] = Headers(changes["headers"])
        for name in ("timeout", "deadline"):
            seconds = checked.get(name)
            if seconds is not None and not seconds > 0:
                raise InvalidRequestError(f"{name} is a number of seconds above 0, or None")
        return replace(self, **checked)
