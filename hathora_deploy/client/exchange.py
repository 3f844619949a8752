"""A call from beginning to end: composed, sent, judged, and repeated if need be.

Written once for both modes of the client: it says what is to be done next, and is told what came of it.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from hathora_deploy.api.errors import ApiError
from hathora_deploy.api.operation import Auth, Operation
from hathora_deploy.api.redaction import secrets_in
from hathora_deploy.api.wire import encode
from hathora_deploy.client import debug
from hathora_deploy.client.answer import refusal, result_of
from hathora_deploy.client.errors import (
    InvalidRequestError,
    RequestTimeoutError,
    TokenError,
    TransportError,
)
from hathora_deploy.client.form import Form
from hathora_deploy.client.headers import Headers
from hathora_deploy.client.message import Request
from hathora_deploy.client.options import Options
from hathora_deploy.client.retry import asked_pause
from hathora_deploy.client.steps import Arrived, Ask, Pause, Send, Steps
from hathora_deploy.client.token import Token, authorization
from hathora_deploy.secret import Secret

_LONGEST_TIMEOUT: Final = 2_000_000.0
"""Seconds: no socket can be told to wait for much longer, but without a limit."""


def exchange(operation: Operation[Any], options: Options, *, player_auth: Token) -> Steps[Any]:
    """The steps of a call. They return its result; of one that streams, the Arrived."""
    begun = time.monotonic()
    operation = completed(operation, options)
    draft = composed(operation, options)
    attempt = 0
    while True:
        attempt += 1
        request = replace(draft, timeout=_timeout(options, time.monotonic() - begun))
        request = yield from _authorized(request, operation, options, player_auth)
        request = yield from _hooked(request, options)
        secrets = (*request.headers.secrets(), *secrets_in(operation))
        debug.sending(operation, request, attempt, secrets)
        outcome = yield from _answered(request, operation, options, secrets)
        if isinstance(outcome, Arrived):
            return outcome if operation.shape.is_stream else result_of(operation, outcome, secrets)
        pause = _pause_after(outcome, attempt, time.monotonic() - begun, operation, draft, options)
        if pause is None:
            raise outcome
        debug.pausing(pause)
        yield Pause(pause)


def completed(operation: Operation[Any], options: Options) -> Operation[Any]:
    """The operation with the client's application and organization, where it names none."""
    known = {"app_id": options.app_id, "org_id": options.org_id}
    update = {
        name: value
        for name, value in known.items()
        if value and name in type(operation).model_fields and name not in operation.model_fields_set
    }
    return operation.model_copy(update=update) if update else operation


def composed(operation: Operation[Any], options: Options) -> Request:
    """The request of an operation, but for who sends it."""
    shape, wire = operation.shape, encode(operation)
    body = Form(wire.files) if wire.files else wire.body
    headers = {"Accept": shape.media_type, "User-Agent": options.user_agent}
    if isinstance(body, Form):
        headers["Content-Type"] = body.media_type
    elif body is not None:
        headers["Content-Type"] = "application/json"
    query = f"?{urlencode(wire.query, quote_via=quote)}" if wire.query else ""
    return Request(
        method=wire.method,
        url=f"{options.endpoint}{wire.path}{query}",
        headers=Headers(headers).merged(options.headers),
        body=body,
        is_followed=shape.is_stream,
    )


def _timeout(options: Options, elapsed: float) -> float | None:
    left = math.inf if options.deadline is None else options.deadline - elapsed
    if left <= 0:
        raise RequestTimeoutError(f"there was no answer within {options.deadline:g} s")
    timeout = min(left, options.timeout or math.inf)
    return timeout if timeout <= _LONGEST_TIMEOUT else None


def _authorized(
    request: Request, operation: Operation[Any], options: Options, player_auth: Token
) -> Steps[Request]:
    """The request with the token of whoever may call the operation."""
    auth = operation.shape.auth
    token: Any = {Auth.ORGANIZATION: options.token, Auth.PLAYER: player_auth}.get(auth)
    if callable(token):
        try:
            token = yield Ask(token, is_secret=True)
        except InvalidRequestError:
            raise
        except Exception as error:
            raise TokenError(
                f"the function that gives the token failed: {type(error).__name__}"
            ) from error
    return replace(request, headers=Headers(authorization(token)).merged(request.headers))


def _hooked(request: Request, options: Options) -> Steps[Request]:
    for hook in options.hooks.before_request:
        changed = yield Ask(hook, (request,))
        if not isinstance(changed, Request | None):
            raise InvalidRequestError("a before_request hook returns a Request, or None")
        request = changed or request
    request.headers.require_sendable()
    return request


def _answered(
    request: Request, operation: Operation[Any], options: Options, secrets: tuple[Secret, ...]
) -> Steps[Arrived | ApiError | TransportError]:
    """The answer of success, or the failure of this attempt."""
    try:
        arrived: Arrived = yield Send(request)
    except TransportError as error:
        debug.failed(error, secrets)
        failure = error.without(secrets)
        yield from _tell(options.hooks.on_error, failure, request)
        return failure
    debug.arrived(operation, arrived, secrets)
    yield from _tell(options.hooks.after_response, arrived.response, request)
    return refusal(operation, arrived, secrets) or arrived


def _tell(hooks: Iterable[Callable[..., Any]], *arguments: Any) -> Steps[None]:
    for hook in hooks:
        yield Ask(hook, arguments)


def _pause_after(
    failure: ApiError | TransportError,
    attempt: int,
    elapsed: float,
    operation: Operation[Any],
    draft: Request,
    options: Options,
) -> float | None:
    """Seconds until the next attempt; None if there is none."""
    policy = options.retries
    if policy is None or attempt >= policy.max_attempts or not policy.is_passing(failure):
        return None
    if not policy.may_repeat(failure, is_repeatable=operation.shape.is_repeatable):
        return None
    if isinstance(draft.body, Form) and not draft.body.can_be_rewound:
        return None
    asked = asked_pause(failure, now=datetime.now(UTC))
    pause = policy.pause(attempt, jitter=random.random(), asked=asked)  # noqa: S311  # no secret
    limit = min(policy.max_elapsed, options.deadline or math.inf)
    return pause if elapsed + pause <= limit else None
