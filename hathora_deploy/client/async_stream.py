"""An answer that arrives over time, where it is awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Generator
from types import TracebackType
from typing import Any, Protocol, Self

from hathora_deploy.api.operation import ByteStream
from hathora_deploy.client.errors import TransportError
from hathora_deploy.client.lines import LineSplitter


class AsyncConnection(Protocol):
    """What an answer arrives on."""

    async def read(self) -> bytes:
        """What has arrived, at once; nothing at the end."""

    async def close(self) -> None: ...


class AsyncStream(ByteStream):
    """Bytes as they arrive. Leaving the ``async with`` block, or ``close()``, ends the connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """What has arrived, at once. Raises ConnectionError when the connection is cut."""
        while piece := await self._connection.read():
            yield piece

    async def lines(self) -> AsyncIterator[str]:
        """Lines without their ends, each as soon as it is complete; after a cut, what came of the last."""
        splitter = LineSplitter()
        cut: TransportError | None = None
        try:
            async for piece in self:
                for line in splitter.split(piece):
                    yield line
        except TransportError as error:
            cut = error
        for line in splitter.rest():
            yield line
        if cut is not None:
            raise cut

    async def read(self) -> bytes:
        """Everything, when it has ended."""
        return b"".join([piece async for piece in self])

    async def close(self) -> None:
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


class OpeningStream(Coroutine[Any, Any, AsyncStream]):
    """A stream that is about to open: ``async with`` opens and closes it, ``await`` only opens it."""

    def __init__(self, opening: Coroutine[Any, Any, AsyncStream]) -> None:
        self._opening = opening
        self._stream: AsyncStream | None = None

    async def __aenter__(self) -> AsyncStream:
        self._stream = await self._opening
        return self._stream

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            await self._stream.close()

    def __await__(self) -> Generator[Any, Any, AsyncStream]:
        return self._opening.__await__()

    def send(self, value: Any) -> Any:
        return self._opening.send(value)

    def throw(self, *error: Any) -> Any:
        return self._opening.throw(*error)

    def close(self) -> None:
        self._opening.close()
