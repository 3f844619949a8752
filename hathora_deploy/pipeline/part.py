"""A part of an archive on its way: a window on a file that requests can send."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from io import FileIO
from typing import Final

from hathora_deploy.api.multipart import PartRange
from hathora_deploy.pipeline.clock import MONOTONIC, Clock
from hathora_deploy.pipeline.errors import ArchiveError

READ_BYTES: Final = 1 << 20
"""The most that one read hands out: with the few KiB that http.client asks for, uploads are half as fast."""
_FIRST_BYTES: Final = 1 << 16
_LEAST_BYTES: Final = 1 << 14
_FAST: Final = 0.05
_SLOW: Final = 0.5
"""Seconds that a piece takes. On a slow link pieces are small, or nobody could tell it from one that stalls."""


class PartBody:
    """The bytes of a part as the body of a request, and their MD5.

    ``sending`` hears of each piece before it is handed out, ``ended`` when there are no more.
    """

    def __init__(
        self,
        file: FileIO,
        part: PartRange,
        *,
        sending: Callable[[int], None],
        ended: Callable[[], None] = lambda: None,
        most: int = READ_BYTES,
        clock: Clock = MONOTONIC,
    ) -> None:
        self._file = file
        self._left = part.length
        self._sending = sending
        self._ended = ended
        self._clock = clock
        self._size = min(_FIRST_BYTES, most)
        self._most = most
        self._handed_out: float | None = None
        self._buffer = memoryview(bytearray(min(most, part.length)))
        # The ETag of S3, for finding damage; nothing is authorised by it.
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.len = part.length  # where requests finds the Content-Length
        file.seek(part.start)

    @property
    def md5(self) -> str:
        """Of what was handed out, in hex."""
        return self._md5.hexdigest()

    def read(self, size: int = -1) -> memoryview:
        """The next piece, whatever was asked for, until the next call; empty at the end of the part."""
        self._suit_the_link()
        place = self._buffer[: min(self._size, self._left)]
        count = self._file.readinto(place) if place else 0
        if place and not count:
            raise ArchiveError("the archive became shorter while it was uploaded")
        piece = place[:count]
        self._md5.update(piece)
        self._left -= len(piece)
        if piece:
            self._sending(len(piece))
        else:
            self._ended()
        self._handed_out = self._clock()
        return piece

    def __iter__(self) -> Iterator[memoryview]:
        while piece := self.read():
            yield piece

    def _suit_the_link(self) -> None:
        if self._handed_out is None:
            return
        seconds = self._clock() - self._handed_out
        if seconds < _FAST:
            self._size = min(2 * self._size, self._most)
        elif seconds > _SLOW:
            self._size = max(self._size // 2, min(_LEAST_BYTES, self._most))
