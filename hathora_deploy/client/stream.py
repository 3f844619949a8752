"""An answer that arrives over time: a build's log, a process's output."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from hathora_deploy.api.operation import ByteStream
from hathora_deploy.client.errors import TransportError
from hathora_deploy.client.lines import LineSplitter


class Connection(Protocol):
    """What an answer arrives on."""

    def read(self) -> bytes:
        """What has arrived, at once; nothing at the end."""

    def close(self) -> None: ...


class Stream(ByteStream):
    """Bytes as they arrive. Leaving the ``with`` block, or ``close()``, ends the connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        """What has arrived, at once. Raises ConnectionError when the connection is cut."""
        while piece := self._connection.read():
            yield piece

    def lines(self) -> Iterator[str]:
        """Lines without their ends, each as soon as it is complete; after a cut, what came of the last."""
        splitter = LineSplitter()
        cut: TransportError | None = None
        try:
            for piece in self:
                yield from splitter.split(piece)
        except TransportError as error:
            cut = error
        yield from splitter.rest()
        if cut is not None:
            raise cut

    def read(self) -> bytes:
        """Everything, when it has ended."""
        return b"".join(self)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
