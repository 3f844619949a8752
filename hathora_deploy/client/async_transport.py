"""Carries calls out with httpx, in asyncio."""

from __future__ import annotations

import asyncio
import inspect
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final, TypeVar

import httpx

from hathora_deploy.client.abort import Abort, Aborts
from hathora_deploy.client.causes import advice, causes_of, described
from hathora_deploy.client.endpoint import origin
from hathora_deploy.client.errors import (
    ConnectionError,
    EndpointError,
    RequestTimeoutError,
    TransportError,
    UnexpectedClientError,
)
from hathora_deploy.client.form import Form
from hathora_deploy.client.headers import Headers
from hathora_deploy.client.keepalive import keepalive_options
from hathora_deploy.client.message import Request, Response
from hathora_deploy.client.proxy import proxy_failure, unusable_environment
from hathora_deploy.client.steps import Arrived, Ask, Pause, Send, Step, Steps
from hathora_deploy.client.token import concealed

T = TypeVar("T")


class AsyncTransport:
    """An httpx client, and the calls that are made with it. One that was passed in is its owner's."""

    def __init__(self, session: httpx.AsyncClient | None) -> None:
        self._is_own = session is None
        self._session = open_session() if session is None else session
        self._closing = Abort()

    async def carry_out(self, steps: Steps[T], abort: Abort | None) -> T:
        """Take the steps of a call, and return what they return."""
        aborts = Aborts(self._closing, abort)
        connection: Connection | None = None
        try:
            step = next(steps)
            while True:
                try:
                    outcome = await self._take(step, aborts)
                except BaseException as error:  # noqa: BLE001  # the call raises it, or goes on
                    step = steps.throw(error)
                else:
                    if isinstance(outcome, Arrived):
                        connection = outcome.connection
                    step = steps.send(outcome)
        except StopIteration as done:
            result: T = done.value
            return result
        except BaseException:
            if connection is not None:
                await connection.close()
            raise

    async def close(self) -> None:
        """End the calls that wait, and close the connections that are kept for the next."""
        self._closing.set()
        if self._is_own:
            await self._session.aclose()

    async def _take(self, step: Step, aborts: Aborts) -> Any:
        match step:
            case Send(request):
                return await self._send(request, aborts)
            case Pause(seconds):
                return await _pause(seconds, aborts)
            case Ask(function, arguments, is_secret):
                answer = function(*arguments)
                if inspect.isawaitable(answer):
                    answer = await answer
                return concealed(answer) if is_secret else answer

    async def _send(self, request: Request, aborts: Aborts) -> Arrived:
        if aborts.is_set():
            raise aborts.error(was_sent=False)
        where = origin(request.url)
        try:
            async with limited(request.timeout, aborts):
                with translated_errors(where):
                    return await self._exchange(request, aborts)
        except TimeoutError:
            raise RequestTimeoutError(f"{where} took too long to answer", was_sent=True) from None

    async def _exchange(self, request: Request, aborts: Aborts) -> Arrived:
        response = await self._begin(request)
        head = Response(
            status=response.status_code,
            reason=response.reason_phrase,
            headers=Headers(response.headers.multi_items()),
            url=request.url,
        )
        if request.is_followed and response.is_success:
            return Arrived(head, connection=Connection(response, aborts))
        try:
            return Arrived(head, await response.aread())
        finally:
            await response.aclose()

    async def _begin(self, request: Request) -> httpx.Response:
        headers, body = request.headers, request.body
        if isinstance(body, Form) and body.length is not None:
            headers = headers.merged({"Content-Length": str(body.length)})
        prepared = self._session.build_request(
            request.method,
            request.url,
            headers=headers,
            content=_pieces(body) if isinstance(body, Form) else body,
            timeout=httpx.Timeout(
                request.silence, connect=request.connect_timeout, pool=request.timeout
            ),
        )
        return await self._session.send(prepared, stream=True, auth=None, follow_redirects=False)


class Connection:
    """The connection that a followed answer arrives on. It closes when nobody holds it any more."""

    def __init__(self, response: httpx.Response, aborts: Aborts) -> None:
        self._where = origin(str(response.url))
        self._response = response
        self._aborts = aborts
        self._pieces = response.aiter_bytes()
        _keep_alive(response)
        loop = asyncio.get_running_loop()
        self._forgotten = weakref.finalize(self, _close_later, response, loop)
        self._forgotten.atexit = False

    async def read(self) -> bytes:
        """What has arrived, at once; nothing at the end. Raises a TransportError for a cut."""
        if self._aborts.is_set():
            raise self._aborts.error(was_sent=True)
        async with limited(None, self._aborts):
            with translated_errors(self._where):
                async for piece in self._pieces:
                    if piece:
                        return piece
        return b""

    async def close(self) -> None:
        self._forgotten.detach()
        await self._response.aclose()


async def _pause(seconds: float, aborts: Aborts) -> None:
    async with limited(None, aborts):
        await asyncio.sleep(seconds)


def _keep_alive(response: httpx.Response) -> None:
    stream = response.extensions.get("network_stream")
    connected = stream.get_extra_info("socket") if stream is not None else None
    if connected is not None:  # a transport of the program's own may have none
        for option in keepalive_options():
            connected.setsockopt(*option)


def _close_later(response: httpx.Response, loop: asyncio.AbstractEventLoop) -> None:
    with suppress(RuntimeError):  # the loop has ended, and its connections with it
        loop.call_soon_threadsafe(lambda: loop.create_task(response.aclose()))


async def _pieces(form: Form) -> AsyncIterator[bytes]:
    """The form, read in threads: a file may make one wait."""
    pieces = form.pieces()
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


class _Limit:
    """Ends a block of a task when it is told of an abort, by whichever thread."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()

    def aborted(self) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        with suppress(RuntimeError):  # the block has ended
            self._timeout.reschedule(self._loop.time())


@asynccontextmanager
async def limited(seconds: float | None, aborts: Aborts) -> AsyncIterator[None]:
    """Raises TimeoutError after some seconds, RequestAbortedError when told to. Does not touch
    the cancellation of the task by others."""
    try:
        async with asyncio.timeout(seconds) as timeout:
            with aborts.told_to(_Limit(timeout)):
                yield
    except TimeoutError:
        if aborts.is_set():
            raise aborts.error(was_sent=True) from None
        raise


@contextmanager
def translated_errors(where: str) -> Iterator[None]:
    """Raises a TransportError for what httpx raises."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
        raise _translated(error, where) from error


_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def _translated(error: Exception, where: str) -> TransportError:
    was_sent = not isinstance(error, _UNSENT)
    if isinstance(error, httpx.TimeoutException):
        return RequestTimeoutError(f"{where} took too long to answer", was_sent=was_sent)
    if isinstance(error, httpx.ProxyError):
        return proxy_failure(causes_of(error), where, was_sent=was_sent)
    if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError):
        causes = causes_of(error)
        hint = advice(causes, variable="SSL_CERT_FILE")
        return ConnectionError(f"{where} {described(causes)}", hint=hint, was_sent=was_sent)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        return EndpointError(f"{where} names no host that can be asked for")
    return UnexpectedClientError(f"{where}: {type(error).__name__}: {error}", was_sent=was_sent)


def open_session() -> httpx.AsyncClient:
    """An httpx client that uses the proxies of the environment, but not to reach this machine.

    It knows hosts by their text alone: of the other addresses of loopback, NO_PROXY has to tell it. Raises
    InvalidRequestError where one of the proxies cannot be used, be it for another endpoint.
    """
    loopback = dict.fromkeys(("all://localhost", "all://127.0.0.1", "all://[::1]"))
    try:
        return httpx.AsyncClient(mounts=loopback)
    except ImportError:
        raise unusable_environment("SOCKS needs `pip install httpx[socks]`") from None
    except (httpx.InvalidURL, ValueError):
        raise unusable_environment("one is no URL that can be used") from None
