"""The bytes within a gzip file: as many as it may have, and none after them that are no gzip."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Final

from hathora_deploy.cloud.archive.limits import Bound
from hathora_deploy.cloud.errors import ArchiveDamaged, BuildCancelled, BuildFailed

if TYPE_CHECKING:
    from zlib_ng.zlib_ng import _Decompress

_READ: Final = 1 << 16
_PIECE: Final = 1 << 18
_MAGIC: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31
_MEMBERS: Final = 1000
_BYTES_PER_MEMBER: Final = 1024
"""Of members beyond the first ones, on average: bgzip puts 64 KiB into each."""


class Inflated:
    """Reads forward only. Raises BuildFailed, or BuildCancelled once the event is set."""

    def __init__(self, file: BinaryIO, *, bound: Bound, cancelled: threading.Event) -> None:
        self.bound = bound
        self._file = file
        self._cancelled = cancelled
        self._member: _Decompress | None = None
        self._members = 0
        self._input = b""
        self._piece = b""
        self._at = 0
        self._before = 0

    @property
    def position(self) -> int:
        """How many bytes were taken."""
        return self._before + self._at

    def take(self, size: int) -> bytes:
        """The next bytes; fewer only at the end."""
        end = self._at + size
        if end <= len(self._piece):
            taken = self._piece[self._at : end]
            self._at = end
            return taken
        return b"".join(self.pieces(size))

    def pieces(self, size: int) -> Iterator[bytes]:
        """The next bytes, a few at a time; fewer in all only at the end."""
        while size and (self._at < len(self._piece) or self._refill()):
            piece = self._piece[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            yield piece

    def _refill(self) -> bool:
        self._before += len(self._piece)
        self._piece, self._at = self._inflate(), 0
        if self._before + len(self._piece) > self.bound.size:
            raise BuildFailed(self.bound.message, hint=self.bound.hint)
        return bool(self._piece)

    def _inflate(self) -> bytes:
        from zlib_ng import zlib_ng

        while not self._cancelled.is_set():
            source = self._input or self._file.read(_READ)
            if self._member is None:
                if not source and self._members:
                    return b""
                self._check_member(source)
                self._member = zlib_ng.decompressobj(_GZIP_WINDOW)
            try:
                piece = self._member.decompress(source, _PIECE)
            except zlib_ng.error as error:  # type: ignore[misc]  # its stub has it as a value
                raise ArchiveDamaged(f"its gzip cannot be read ({error})") from None
            if self._member.eof:
                self._input, self._member = self._member.unused_data, None
            elif not piece and not source:
                raise ArchiveDamaged("its gzip stops in the middle")
            else:
                self._input = self._member.unconsumed_tail
            if piece:
                return piece
        raise BuildCancelled("the build was cancelled while its archive was read")

    def _check_member(self, source: bytes) -> None:
        self._members += 1
        if not source:
            raise ArchiveDamaged("it is empty")
        if not _MAGIC.startswith(source[: len(_MAGIC)]):
            place = "it is no gzip" if self._members == 1 else "what follows its gzip is none"
            raise ArchiveDamaged(place)
        if self._members > _MEMBERS + self._before // _BYTES_PER_MEMBER:
            raise ArchiveDamaged(
                f"its gzip has over {_MEMBERS:,} members with next to nothing in them"
            )
