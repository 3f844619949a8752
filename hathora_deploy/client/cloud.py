"""The client of a Hathora API."""

from __future__ import annotations

import json
from typing import Any, Final, TypeVar, overload

import requests

from hathora_deploy import __version__
from hathora_deploy.api.errors import ApiError
from hathora_deploy.api.operation import Auth, ByteStream, Operation
from hathora_deploy.api.wire import decode_result, encode
from hathora_deploy.client.resource import Blocking
from hathora_deploy.client.resources import Resources
from hathora_deploy.client.stream import Stream
from hathora_deploy.client.transport import (
    CONNECT_TIMEOUT,
    BearerAuth,
    checked_endpoint,
    open_session,
    translated_errors,
)
from hathora_deploy.secret import Secret

ResultT = TypeVar("ResultT")

DEFAULT_ENDPOINT: Final = "https://api.hathora.dev"
STREAM_SILENCE: Final = 3600.0
"""Seconds a stream may say nothing: a quiet game is no broken one, and keepalive finds dead peers."""


class HathoraCloud(Resources[Blocking]):
    """Every operation of the API as a typed method, grouped by resource.

    ``app_id`` and ``org_id`` fill in what a call leaves out; ``timeout`` is in seconds, of one call.
    A cloud's refusal is raised as the ApiError of its status, no answer as a TransportError.
    """

    def __init__(
        self,
        token: Secret | str | None = None,
        *,
        app_id: str | None = None,
        org_id: str | None = None,
        endpoint: str = DEFAULT_ENDPOINT,
        timeout: float = 60.0,
        session: requests.Session | None = None,
    ) -> None:
        self._token = Secret(token) if isinstance(token, str) else token
        self.app_id = app_id
        self.org_id = org_id
        self.endpoint = checked_endpoint(endpoint)
        self.timeout = timeout
        self._session = session or open_session(self.endpoint)

    @overload
    def execute(
        self, operation: Operation[ByteStream], *, player_auth: Secret | str | None = None
    ) -> Stream: ...
    @overload
    def execute(
        self, operation: Operation[ResultT], *, player_auth: Secret | str | None = None
    ) -> ResultT: ...
    def execute(self, operation: Operation[Any], *, player_auth: Secret | str | None = None) -> Any:
        """Send an operation and return its result; of one that streams, its answer as it arrives."""
        response = self._send(operation, player_auth=player_auth)
        if operation.shape.is_stream:
            return Stream(response)
        with response:
            return decode_result(operation, response.content)

    def close(self) -> None:
        """Close the connections that are kept for the next call."""
        self._session.close()

    def __repr__(self) -> str:
        return f"HathoraCloud(endpoint={self.endpoint!r}, app_id={self.app_id!r})"

    def _send(
        self, operation: Operation[Any], *, player_auth: Secret | str | None
    ) -> requests.Response:
        request = encode(self._with_globals(operation))
        stream = operation.shape.is_stream
        url = self.endpoint + request.path
        headers = {
            "Accept": "application/octet-stream" if stream else "application/json",
            "User-Agent": f"hathora-deploy/{__version__}",
        }
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        with translated_errors(url):
            response = self._session.request(
                request.method,
                url,
                params=list(request.query),
                data=request.body,
                headers=headers,
                auth=BearerAuth(self._credential(operation.shape.auth, player_auth)),
                timeout=(CONNECT_TIMEOUT, STREAM_SILENCE if stream else self.timeout),
                # A redirect would turn a POST into a GET, and could lead the token astray.
                allow_redirects=False,
                stream=stream,
            )
        if response.status_code != operation.shape.status:
            with response:
                raise _refusal(operation, response)
        return response

    def _credential(self, auth: Auth, player_auth: Secret | str | None) -> Secret | None:
        if auth is Auth.PLAYER:
            return Secret(player_auth) if isinstance(player_auth, str) else player_auth
        return self._token if auth is Auth.ORGANIZATION else None

    def _with_globals(self, operation: Operation[Any]) -> Operation[Any]:
        known = {"app_id": self.app_id, "org_id": self.org_id}
        update = {
            name: value
            for name, value in known.items()
            if value
            and name in type(operation).model_fields
            and name not in operation.model_fields_set
        }
        return operation.model_copy(update=update) if update else operation


def _refusal(operation: Operation[Any], response: requests.Response) -> ApiError:
    status, name = response.status_code, type(operation).__name__
    try:
        message = str(json.loads(response.content)["message"])
    except (ValueError, KeyError, TypeError):
        message = f"the answer was HTTP {status} {response.reason}, not one of the Hathora API"
        error = ApiError.of_status(status, message, operation=name)
        # The token, or what was asked for, may be good: somebody else has answered.
        error.hint = "is the endpoint really a Hathora API? If it is, try again in a moment"
        return error
    return ApiError.of_status(status, message, operation=name)
