"""The client of a Hathora API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from hathora_deploy.api.operation import ByteStream, Operation
from hathora_deploy.client.client import Client
from hathora_deploy.client.options import Options, Settings
from hathora_deploy.client.pages import Page, next_page
from hathora_deploy.client.resource import Blocking
from hathora_deploy.client.result import Err, Ok
from hathora_deploy.client.stream import Stream
from hathora_deploy.client.token import Token, TokenSource
from hathora_deploy.errors import HathoraError

if TYPE_CHECKING:
    import requests

ResultT = TypeVar("ResultT")
PageT = TypeVar("PageT", bound=Page)
ItemT = TypeVar("ItemT")


class HathoraCloud(Client[Blocking]):
    """Every operation of the API as a typed method, grouped by resource.

    ``app_id`` and ``org_id`` fill in what a call leaves out; ``timeout`` is in seconds, of one attempt.
    All settings are described in Options. A cloud's refusal is raised as the ApiError of its status,
    no answer as a TransportError.
    """

    def __init__(
        self,
        token: TokenSource = None,
        *,
        session: requests.Session | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        # Imported here, so that the types of the client cost no program the HTTP library.
        from hathora_deploy.client.transport import Transport

        super().__init__(Options().changed(token=token, **settings))
        self._transport = Transport(session)

    @overload
    def execute(self, operation: Operation[ByteStream], *, player_auth: Token = None) -> Stream: ...
    @overload
    def execute(self, operation: Operation[ResultT], *, player_auth: Token = None) -> ResultT: ...
    def execute(self, operation: Operation[Any], *, player_auth: Token = None) -> Any:
        """Send an operation and return its result; of one that streams, its answer as it arrives."""
        steps = self._steps(operation, player_auth)
        result = self._transport.carry_out(steps, self.options.abort)
        return Stream(result.connection) if operation.shape.is_stream else result

    @overload
    def try_call(
        self, operation: Operation[ByteStream], *, player_auth: Token = None
    ) -> Ok[Stream] | Err: ...
    @overload
    def try_call(
        self, operation: Operation[ResultT], *, player_auth: Token = None
    ) -> Ok[ResultT] | Err: ...
    def try_call(self, operation: Operation[Any], *, player_auth: Token = None) -> Ok[Any] | Err:
        """Send an operation and return what came of it, an error too: raises no HathoraError."""
        try:
            return Ok(self.execute(operation, player_auth=player_auth))
        except HathoraError as error:
            return Err(error)

    def iterate(
        self, operation: Operation[PageT], items: Callable[[PageT], Iterable[ItemT]]
    ) -> Iterator[ItemT]:
        """The items of page after page; the next page is asked for when one is at its end."""
        asked: Operation[PageT] | None = operation
        while asked is not None:
            page = self.execute(asked)
            yield from items(page)
            asked = next_page(asked, page)

    def close(self) -> None:
        """End the calls that wait and the streams, and close the connections kept for the next call."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
