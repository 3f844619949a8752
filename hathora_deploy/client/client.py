"""What both clients have: options, and the same calls."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any, Self, Unpack

from hathora_deploy.api.operation import Operation
from hathora_deploy.client import debug
from hathora_deploy.client.deprecation import warn_if_deprecated
from hathora_deploy.client.exchange import exchange
from hathora_deploy.client.options import Changes, Options
from hathora_deploy.client.resource import ModeT
from hathora_deploy.client.resources import Resources
from hathora_deploy.client.steps import Steps
from hathora_deploy.client.token import Token


class Client(Resources[ModeT]):
    """A client, whichever its mode."""

    options = Options()  # until it has its own: a traceback shows also one that cannot be made

    def __init__(self, options: Options) -> None:
        self.options = options
        debug.switch_on_if_asked()

    def with_options(self, **changes: Unpack[Changes]) -> Self:
        """A client with other options: for a call, ``cloud.with_options(timeout=5).apps_v2.get_apps()``.

        Both use the same connections, and closing one closes both. An option that is left out stays.
        """
        other = copy(self)
        for name in vars(Resources):
            vars(other).pop(name, None)  # those are bound to this client
        other.options = self.options.changed(**changes)
        return other

    @property
    def app_id(self) -> str | None:
        """The application of operations that name none. May be set."""
        return self.options.app_id

    @app_id.setter
    def app_id(self, app_id: str | None) -> None:
        self.options = replace(self.options, app_id=app_id)

    @property
    def org_id(self) -> str | None:
        """The organization of operations that name none. May be set."""
        return self.options.org_id

    @org_id.setter
    def org_id(self, org_id: str | None) -> None:
        self.options = replace(self.options, org_id=org_id)

    @property
    def endpoint(self) -> str:
        """The URL of the cloud."""
        return self.options.endpoint

    def __repr__(self) -> str:
        return f"{type(self).__name__}(endpoint={self.endpoint!r}, app_id={self.app_id!r})"

    def _steps(self, operation: Operation[Any], player_auth: Token) -> Steps[Any]:
        warn_if_deprecated(operation)
        return exchange(operation, self.options, player_auth=player_auth)
