"""Turns a route into an endpoint: authenticate, decode, handle, encode."""

from __future__ import annotations

import errno
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping
from contextlib import ExitStack, aclosing, nullcontext
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route as HttpRoute
from starlette.types import Receive, Scope, Send

from hathora_deploy.api import wire
from hathora_deploy.api.errors import (
    ApiError,
    BadRequest,
    Gone,
    InternalServerError,
    NotServed,
    RequestValidationError,
    TooManyRequests,
    Unauthorized,
    UnprocessableEntity,
)
from hathora_deploy.api.leases import LEASE_HEADER
from hathora_deploy.api.operation import Auth, Route, Shape
from hathora_deploy.cloud import identity, permissions, players
from hathora_deploy.cloud.answers import KeptAnswers
from hathora_deploy.cloud.attempt import Attempt
from hathora_deploy.cloud.cloud import Call, Cloud
from hathora_deploy.cloud.errors import UnreadableForm
from hathora_deploy.cloud.forms import files_of
from hathora_deploy.cloud.front_door import POLLED, FrontDoor
from hathora_deploy.cloud.identity import Caller
from hathora_deploy.cloud.request_body import may_be_large, read_body
from hathora_deploy.cloud.request_id import request_id_of
from hathora_deploy.cloud.revocation import Revocations
from hathora_deploy.cloud.statuses import listed_status
from hathora_deploy.cloud.turns import Turns
from hathora_deploy.secret import Secret

_log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


def served(
    cloud: Cloud, route: Route[Call], door: FrontDoor, turns: Turns, large: Turns
) -> HttpRoute:
    """The route of an operation that a handler answers. Large bodies wait for their turn unread: what is
    made of one takes many times its size."""
    return _http_route(route.shape, _Served(cloud, route, door, turns, large).endpoint)


class _Served:
    """An operation that a handler answers, and the way that each call of it takes."""

    def __init__(
        self, cloud: Cloud, route: Route[Call], door: FrontDoor, turns: Turns, large: Turns
    ) -> None:
        self._cloud = cloud
        self._shape = route.shape
        self._handler = route.handler
        self._door = door
        self._turns = turns
        self._large = large
        self._revocations = Revocations()
        is_polled = self._shape.operation in POLLED
        self._kept = KeptAnswers(cloud.store.moves) if is_polled else None

    async def endpoint(self, request: Request) -> Response:
        attempt = _attempt(self._shape, request)
        response = await self._respond(request, attempt)
        await self._cloud.audit.note(attempt, response.status_code)
        return response

    async def _respond(self, request: Request, attempt: Attempt) -> Response:
        """Every failure as the answer that it is."""
        shape = self._shape
        try:
            return await self._let_in(request, attempt)
        except Unauthorized as error:
            return _refused(self._door, request, error, shape)
        except ApiError as error:
            return render(error, shape)
        except UnreadableForm as error:
            return render(BadRequest(error.message), shape)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except OSError as error:
            return render(_of_this_machine(error), shape)
        except Exception:  # noqa: BLE001 - what a handler did not foresee must not end the connection
            name, request_id = shape.operation.__name__, request_id_of(request.scope)
            _log.exception("%s failed (request %s)", name, request_id)
            hint = f"its own log says more, at request {request_id}"
            return render(InternalServerError("the cloud failed", hint=hint), shape)

    async def _let_in(self, request: Request, attempt: Attempt) -> Response:
        caller = self._door.admit(self._shape, request)
        if self._kept is not None:
            path = request.scope["path"]
            return await self._kept.answer(path, lambda: self._admitted(request, attempt, caller))
        call = self._streamed if self._shape.is_stream else self._admitted
        return await call(request, attempt, caller)

    async def _streamed(self, request: Request, attempt: Attempt, caller: str) -> Response:
        with ExitStack() as stream:
            stream.enter_context(self._door.stream(caller))
            response = await self._admitted(request, attempt, caller)
            if isinstance(response, _StreamResponse):
                response.stream = stream.pop_all()
            return response

    async def _admitted(self, request: Request, attempt: Attempt, caller: str) -> Response:
        shape, is_large = self._shape, may_be_large(request)
        if shape.in_form or is_large:
            # Nobody who may not call fills the memory, or the disk with a file.
            await run_in_threadpool(self._authorize, request, attempt)
        # Handlers are plain functions that may block: each call has a thread of its own.
        if not shape.in_form:
            async with self._large.taken(caller) if is_large else nullcontext():
                body = await read_body(request, shape)
                async with self._turns.taken(caller):
                    return await run_in_threadpool(self._answer, request, attempt, caller, body, {})
        async with files_of(request.headers, request.stream()) as files, self._turns.taken(caller):
            return await run_in_threadpool(self._answer, request, attempt, caller, b"", files)

    def _answer(
        self,
        request: Request,
        attempt: Attempt,
        known_as: str,
        body: bytes,
        files: Mapping[str, IO[bytes]],
    ) -> Response:
        shape, caller = self._shape, self._authorize(request, attempt)
        attempt.operation = operation = _decode(shape, request, body, files)
        base_url = str(request.base_url).rstrip("/")
        lease_id = request.headers.get(LEASE_HEADER)
        call = Call(
            self._cloud,
            caller,
            base_url=base_url,
            now=datetime.now(UTC),
            lease_id=Secret(lease_id) if lease_id is not None else None,
        )
        attempt.result = result = self._handler(operation, call)
        if isinstance(result, AsyncIterable):
            pieces = self._revocations.while_authorized(
                aiter(result), known_as, lambda: _authorize(self._cloud, shape, request)
            )
            return _StreamResponse(pieces, shape)
        return _encode(shape, result)

    def _authorize(self, request: Request, attempt: Attempt) -> Caller:
        caller = _authorize(self._cloud, self._shape, request)
        if caller is not identity.ANYBODY:
            attempt.caller, attempt.org_ids = caller.described, list(caller.org_ids)
            attempt.is_authorized = True
        return caller


def unserved(cloud: Cloud, shape: Shape, door: FrontDoor) -> HttpRoute:
    """The route of an operation that nothing answers: it says why, to those who may call."""
    refusal = _no_answer(shape)

    async def endpoint(request: Request) -> Response:
        try:
            door.admit(shape, request)
            await run_in_threadpool(_authorize, cloud, shape, request)
        except Unauthorized as error:
            return _refused(door, request, error, shape)
        except ApiError as error:
            return render(error, shape)
        return render(refusal, shape)

    return _http_route(shape, endpoint)


def render(error: ApiError, shape: Shape) -> Response:
    """An error as it travels; a hint that was set for this one goes along in the message."""
    own_hint = vars(error).get("hint")
    message = f"{error.message} ({own_hint})" if own_hint else error.message
    status = listed_status(error.status, shape.errors)
    return JSONResponse({"message": message}, status_code=status, headers=error.headers)


class _StreamResponse(StreamingResponse):
    """Gives the caller's stream back when it has ended, however it ends."""

    stream: ExitStack | None = None

    def __init__(self, pieces: AsyncGenerator[bytes, None], shape: Shape) -> None:
        super().__init__(pieces, status_code=shape.status, media_type=shape.media_type)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.stream or ExitStack():
            async with aclosing(self._pieces):
                await super().__call__(scope, receive, send)


def _refused(door: FrontDoor, request: Request, error: Unauthorized, shape: Shape) -> Response:
    try:
        door.note_refusal(request)
    except TooManyRequests as too_many:
        return render(too_many, shape)
    return render(error, shape)


def _authorize(cloud: Cloud, shape: Shape, request: Request) -> Caller:
    """Who calls, and where the call may do what it asks for. Raises Unauthorized."""
    if shape.auth is Auth.NONE:
        return identity.ANYBODY
    headers = request.headers.getlist("authorization")
    if shape.auth is Auth.PLAYER:
        app_id = unquote(request.path_params["appId"])
        return players.authenticate(cloud.store, identity.bearer_token(headers), app_id)
    caller = identity.authenticate(cloud.store, headers, now=datetime.now(UTC))
    return caller.calling(permissions.needed_scope(shape))


def _attempt(shape: Shape, request: Request) -> Attempt:
    address = request.client.host if request.client is not None else "a socket"
    return Attempt(
        shape=shape,
        path={name: unquote(text) for name, text in request.path_params.items()},
        request_id=request_id_of(request.scope),
        at=datetime.now(UTC),
        caller=f"{identity.ANYBODY.described} at {address}",
    )


def _no_answer(shape: Shape) -> ApiError:
    name = shape.operation.__name__
    if shape.successor is None:
        return NotServed(f"{name} is not served by this cloud yet")
    now = shape.successor.shape
    instead = f"call {now.operation.__name__} instead, {now.method} {now.path}"
    return Gone(f"{name} is deprecated, and this cloud does not serve it: {instead}")


def _http_route(shape: Shape, endpoint: Endpoint) -> HttpRoute:
    return HttpRoute(shape.path, endpoint, methods=[shape.method], name=shape.operation.__name__)


def _of_this_machine(error: OSError) -> ApiError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InternalServerError(
            "the disk of the cloud is full", hint="make room on it, then try again"
        )
    _log.error("this machine refused: %s", error)
    return InternalServerError(f"the cloud's machine refused: {error.strerror}")


def _decode(shape: Shape, request: Request, body: bytes, files: Mapping[str, IO[bytes]]) -> Any:
    try:
        return wire.decode(
            shape.operation,
            path=request.path_params,
            query=request.query_params.multi_items(),
            body=body,
            files=files,
        )
    except RequestValidationError as error:
        raise UnprocessableEntity(error.message) from None


def _encode(shape: Shape, result: Any) -> Response:
    if result is None:
        return Response(status_code=shape.status)
    body = wire.encode_result(shape, result)
    return Response(body, status_code=shape.status, media_type="application/json")
