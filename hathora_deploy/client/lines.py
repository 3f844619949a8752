"""Lines of text out of bytes that arrive in pieces."""

from __future__ import annotations

from collections.abc import Iterator


class LineSplitter:
    """Keeps what came of a line until the rest of it has come."""

    def __init__(self) -> None:
        self._pending: list[bytes] = []

    def split(self, piece: bytes) -> Iterator[str]:
        """The lines that a piece completes, without their ends."""
        first, *others = piece.split(b"\n")
        self._pending.append(first)
        for other in others:
            yield self._take()
            self._pending.append(other)

    def rest(self) -> Iterator[str]:
        """What came of a line whose end never came."""
        if any(self._pending):
            yield self._take()

    def _take(self) -> str:
        line = b"".join(self._pending)
        self._pending.clear()
        return line.decode("utf-8", "replace").removesuffix("\r")
