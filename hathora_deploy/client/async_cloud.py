"""The client of a Hathora API whose calls are awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from hathora_deploy.api.operation import ByteStream, Operation
from hathora_deploy.client.async_stream import AsyncStream, OpeningStream
from hathora_deploy.client.client import Client
from hathora_deploy.client.errors import MissingLibraryError
from hathora_deploy.client.options import Options, Settings
from hathora_deploy.client.pages import Page, next_page
from hathora_deploy.client.resource import Async
from hathora_deploy.client.result import Err, Ok
from hathora_deploy.client.steps import Arrived
from hathora_deploy.client.token import Token, TokenSource
from hathora_deploy.errors import HathoraError

if TYPE_CHECKING:
    import httpx

ResultT = TypeVar("ResultT")
PageT = TypeVar("PageT", bound=Page)
ItemT = TypeVar("ItemT")


class AsyncHathoraCloud(Client[Async]):
    """Every operation of the API as a typed method that is awaited, in asyncio.

    It takes the same settings as HathoraCloud, but an httpx.AsyncClient for a session; hooks, and the
    function that gives the token, may be async. What cancels a task passes through it untouched.
    """

    def __init__(
        self,
        token: TokenSource = None,
        *,
        session: httpx.AsyncClient | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        try:
            from hathora_deploy.client.async_transport import AsyncTransport
        except ModuleNotFoundError as error:
            if error.name != "httpx":
                raise
            raise MissingLibraryError(
                "AsyncHathoraCloud sends with httpx, which is not installed",
                hint='pip install "hathora-deploy[async]"',
            ) from None
        super().__init__(Options().changed(token=token, **settings))
        self._transport = AsyncTransport(session)

    @overload
    def execute(
        self, operation: Operation[ByteStream], *, player_auth: Token = None
    ) -> OpeningStream: ...
    @overload
    def execute(
        self, operation: Operation[ResultT], *, player_auth: Token = None
    ) -> Coroutine[Any, Any, ResultT]: ...
    def execute(self, operation: Operation[Any], *, player_auth: Token = None) -> Any:
        """Send an operation and return its result; of one that streams, its answer as it arrives."""
        steps = self._steps(operation, player_auth)
        calling = self._transport.carry_out(steps, self.options.abort)
        return OpeningStream(_opened(calling)) if operation.shape.is_stream else calling

    @overload
    def try_call(
        self, operation: Operation[ByteStream], *, player_auth: Token = None
    ) -> Coroutine[Any, Any, Ok[AsyncStream] | Err]: ...
    @overload
    def try_call(
        self, operation: Operation[ResultT], *, player_auth: Token = None
    ) -> Coroutine[Any, Any, Ok[ResultT] | Err]: ...
    def try_call(
        self, operation: Operation[Any], *, player_auth: Token = None
    ) -> Coroutine[Any, Any, Ok[Any] | Err]:
        """Send an operation and return what came of it, an error too: raises no HathoraError."""
        return _tried(self.execute(operation, player_auth=player_auth))

    async def iterate(
        self, operation: Operation[PageT], items: Callable[[PageT], Iterable[ItemT]]
    ) -> AsyncIterator[ItemT]:
        """The items of page after page; the next page is asked for when one is at its end."""
        asked: Operation[PageT] | None = operation
        while asked is not None:
            page = await self.execute(asked)
            for item in items(page):
                yield item
            asked = next_page(asked, page)

    async def close(self) -> None:
        """End the calls that wait and the streams, and close the connections kept for the next call."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def _opened(calling: Coroutine[Any, Any, Arrived]) -> AsyncStream:
    return AsyncStream((await calling).connection)


async def _tried(calling: Awaitable[Any]) -> Ok[Any] | Err:
    try:
        return Ok(await calling)
    except HathoraError as error:
        return Err(error)
