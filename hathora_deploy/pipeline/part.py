"""A part of an archive on its way: a window on a file that requests can send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from hathora_deploy.api.multipart import PartRange

READ_BYTES: Final = 1 << 20
"""What one read hands out: with the few KiB that http.client asks for, uploads are half as fast."""


class PartBody:
    """The bytes of a part as the body of a request; ``sent`` hears of each piece handed out."""

    def __init__(self, file: BinaryIO, part: PartRange, sent: Callable[[int], None]) -> None:
        self._file = file
        self._left = part.length
        self._sent = sent
        self.len = part.length  # where requests finds the Content-Length
        file.seek(part.start)

    def read(self, size: int = -1) -> bytes:
        """The next piece, whatever was asked for; empty at the end of the part."""
        data = self._file.read(min(READ_BYTES, self._left))
        self._left -= len(data)
        self._sent(len(data))
        return data

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")
