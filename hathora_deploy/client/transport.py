"""Carries calls out with requests: any session, an end to every wait."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, TypeVar

import requests

from hathora_deploy.client.abort import Abort, Aborts
from hathora_deploy.client.endpoint import is_on_this_machine, origin
from hathora_deploy.client.errors import (
    InvalidRequestError,
    RequestTimeoutError,
)
from hathora_deploy.client.form import Form
from hathora_deploy.client.headers import Headers
from hathora_deploy.client.message import Request, Response
from hathora_deploy.client.session import NoAuth, open_session
from hathora_deploy.client.steps import Arrived, Ask, Pause, Send, Step, Steps
from hathora_deploy.client.token import concealed
from hathora_deploy.client.translation import translated_errors
from hathora_deploy.client.worker import Aborted, Expired, Wait, Workers

T = TypeVar("T")

_PIECE: Final = 64 * 1024
_FIRST_FINAL: Final = 200


class Transport:
    """A session, and the calls that are made in it. One that was passed in is its owner's to close."""

    def __init__(self, session: requests.Session | None) -> None:
        self._is_own = session is None
        self._session = open_session() if session is None else session
        self._workers = Workers()
        self._closing = Abort()

    def carry_out(self, steps: Steps[T], abort: Abort | None) -> T:
        """Take the steps of a call, and return what they return."""
        aborts = Aborts(self._closing, abort)
        connection: Connection | None = None
        try:
            step = next(steps)
            while True:
                try:
                    outcome = self._take(step, aborts)
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
                connection.close()
            raise

    def close(self) -> None:
        """End the calls that wait, and close the connections that are kept for the next."""
        self._closing.set()
        self._workers.close()
        if self._is_own:
            self._session.close()

    def _take(self, step: Step, aborts: Aborts) -> Any:
        match step:
            case Send(request):
                return self._send(request, aborts)
            case Pause(seconds):
                return _pause(seconds, aborts)
            case Ask(function, arguments, is_secret):
                answer = _answered(function, arguments)
                return concealed(answer) if is_secret else answer

    def _send(self, request: Request, aborts: Aborts) -> Arrived:
        """In a thread of its own, for no session can be told when to stop."""
        if aborts.is_set():
            raise aborts.error(was_sent=False)
        wait = self._workers.begin(lambda wait: self._exchange(request, wait, aborts))
        try:
            return wait.result(timeout=request.timeout, aborts=aborts)
        except Expired:
            where = origin(request.url)
            raise RequestTimeoutError(f"{where} took too long to answer", was_sent=True) from None
        except Aborted:
            raise aborts.error(was_sent=True) from None

    def _exchange(self, request: Request, wait: Wait[Arrived], aborts: Aborts) -> Arrived:
        with translated_errors(request.url):
            response = self._begin(request)
            head = Response(
                status=response.status_code,
                reason=response.reason or "",
                headers=Headers(response.raw.headers),
                url=request.url,
            )
            if request.is_followed and response.ok:
                return Arrived(head, connection=Connection(response, aborts))
            with response:
                return Arrived(head, _content(response, wait))

    def _begin(self, request: Request) -> requests.Response:
        session = self._session
        body: Any = request.body
        if isinstance(body, Form):
            body = body.pieces() if body.length is None else _Sized(body)
        prepared = session.prepare_request(
            requests.Request(
                request.method, request.url, headers=request.headers, data=body, auth=NoAuth()
            )
        )
        settings = session.merge_environment_settings(
            # Named here, or REQUESTS_CA_BUNDLE would replace what the session trusts.
            request.url,
            {},
            stream=True,
            verify=session.verify,
            cert=None,
        )
        if is_on_this_machine(request.url):
            # A proxy of the environment cannot reach this machine's own loopback.
            settings["proxies"] = session.proxies
        prepared.hooks["response"].append(_without_lead)
        # A redirect would turn a POST into a GET, and could lead the token astray.
        return session.send(
            prepared,
            timeout=(request.connect_timeout, request.silence),
            allow_redirects=False,
            **settings,
        )


class Connection:
    """The connection that a followed answer arrives on. It closes when nobody holds it any more."""

    def __init__(self, response: requests.Response, aborts: Aborts) -> None:
        self._response = response
        self._aborts = aborts
        for abort in aborts:
            abort.add(self)

    def read(self) -> bytes:
        """What has arrived, at once; nothing at the end. Raises a TransportError for a cut."""
        piece = b""
        try:
            with translated_errors(self._response.url):
                # read1 hands out what is there; iter_content would wait for a full buffer.
                piece = self._response.raw.read1(_PIECE, decode_content=True)
        finally:
            # That, too, looks like a cut or an end.
            if self._aborts.is_set():
                raise self._aborts.error(was_sent=True)
        return piece

    def aborted(self) -> None:
        """Wake whoever reads."""
        with suppress(OSError, ValueError, RuntimeError):  # it has ended already
            self._response.raw.shutdown()

    def close(self) -> None:
        self._response.close()


class _Sized:
    """A form as requests takes a body whose length is known."""

    def __init__(self, form: Form) -> None:
        self._form = form

    def __len__(self) -> int:
        return self._form.length or 0

    def __iter__(self) -> Iterator[bytes]:
        return self._form.pieces()


def _without_lead(response: requests.Response, **_: Any) -> None:
    """Keep requests from looking where a redirect leads: it would read all of it, and URLs that are none."""
    response.headers.pop("Location", None)


def _content(response: requests.Response, wait: Wait[Arrived]) -> bytes:
    """All of an answer, unless it takes longer than somebody waits for it."""
    if response.status_code < _FIRST_FINAL:
        # http.client takes it for the answer, which is still to come: the connection is not used again.
        return b""
    pieces = []
    while piece := response.raw.read1(_PIECE, decode_content=True):
        pieces.append(piece)
        if wait.is_over:
            break
    return b"".join(pieces)


def _pause(seconds: float, aborts: Aborts) -> None:
    wait: Wait[None] = Wait()
    try:
        wait.result(timeout=seconds, aborts=aborts)
    except Expired:
        return
    except Aborted:
        raise aborts.error(was_sent=True) from None


def _answered(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    answer = function(*arguments)
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        name = getattr(function, "__name__", type(function).__name__)
        raise InvalidRequestError(
            f"{name} is async, and this client is not", hint="AsyncHathoraCloud awaits it"
        )
    return answer
