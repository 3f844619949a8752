"""A stream of blocks becomes one gzip member, by several threads: the same bytes however many there are.

Each block is deflated by itself, up to a byte boundary, so that it depends on no other; that costs a few
bytes of a mebibyte.
"""

from __future__ import annotations

import os
import struct
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Final

from hathora_deploy.pipeline.adaptation import Adaptation
from hathora_deploy.pipeline.effort import Effort

_HEADER: Final = bytes.fromhex("1f8b0800 00000000 00ff")  # RFC 1952: no name, no time, no system
_END: Final = b"\x03\x00"  # RFC 1951: the last block, which is empty
_STORED: Final = 0xFFFF
"""Bytes that a stored block of deflate has place for."""
_STORED_HEADER: Final = struct.Struct("<BHH")
_MAX_THREADS: Final = 4

IN_HAND: Final = 2 * _MAX_THREADS
"""Blocks at most that are not done with when another one is asked for."""

_FAST_LEVEL: Final = 2
"""Of ISA-L, whose levels end with 3: a few percent smaller than 1 at nearly its speed."""
_LEVELS: Final = {Effort.STORED: 0, Effort.SMALL: 6, Effort.SMALLEST: 9}
"""Of zlib-ng, for efforts that ISA-L has no level for."""
_SAMPLES: Final = 8
"""Places of a block that tell whether it becomes smaller, evenly spread."""
_SAMPLE: Final = 4096
_HOPELESS: Final = 0.98
"""What becomes of the samples where deflating all of the block is not worth the time."""
_RAW: Final = -15
"""For zlib: deflate with a window of 32 KiB, and nothing around it."""


@dataclass(frozen=True)
class Compression:
    """How much work goes into a smaller archive: 0, which stores, to 9, or None, which is for speed.

    The bytes of a level are the same on every machine. Those of None are not: it takes ISA-L, several times as
    fast as zlib-ng for the same size, which has an algorithm for each kind of processor; and an upload has it
    do more or less for a block, as the link asks for.
    """

    level: int | None = None

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= 9:
            raise ValueError(f"compression {self.level} is not between 0 and 9")

    def __str__(self) -> str:
        return "auto" if self.level is None else str(self.level)

    @classmethod
    def named(cls, name: str) -> Compression:
        """The one whose ``str`` is ``name``. Raises ValueError."""
        return cls(None if name == "auto" else int(name))


AUTO: Final = Compression()
STORED: Final = Compression(0)


def gzipped(
    blocks: Iterable[memoryview],
    *,
    compression: Compression = AUTO,
    adaptation: Adaptation | None = None,
    threads: int | None = None,
) -> Generator[bytes]:
    """The pieces of a gzip file, in order. AUTO asks ``adaptation``, if there is one, about each block."""
    threads = threads or min(os.cpu_count() or 1, _MAX_THREADS)
    check = size = 0
    yield _HEADER
    for piece in _in_order(blocks, compression, adaptation, threads):
        check = _joined(check, piece.check, piece.size)
        size += piece.size
        yield from piece.data
    yield _END + struct.pack("<II", check, size & 0xFFFFFFFF)


def gzip_bound(size: int, block: int) -> int:
    """The most bytes that ``size`` bytes in blocks of ``block`` become."""
    whole, rest = divmod(size, block)
    stored = whole * (block + _stored_extra(block)) + rest + _stored_extra(rest)
    return len(_HEADER) + stored + len(_END) + 8


@dataclass(frozen=True)
class _Piece:
    data: tuple[bytes, ...]
    check: int
    size: int
    effort: Effort


def _in_order(
    blocks: Iterable[memoryview],
    compression: Compression,
    adaptation: Adaptation | None,
    threads: int,
) -> Iterator[_Piece]:
    adaptation = adaptation if compression.level is None else None
    pending: deque[Future[_Piece]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="deflate") as pool:

        def next_piece() -> _Piece:
            piece = pending.popleft().result()
            if adaptation is not None:
                adaptation.made(piece.effort, piece.size)
            return piece

        try:
            for block in blocks:
                effort = adaptation.choose() if adaptation is not None else Effort.FAST
                pending.append(pool.submit(_piece, block, compression, effort))
                if len(pending) > IN_HAND:
                    yield next_piece()
            while pending:
                yield next_piece()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _piece(block: memoryview, compression: Compression, effort: Effort) -> _Piece:
    from isal import isal_zlib

    is_adaptive = compression.level is None
    level = _LEVELS.get(effort) if is_adaptive else compression.level
    is_stored = level == 0 or (is_adaptive and _is_hopeless(block))
    data = _stored(block) if is_stored else _deflated(block, level)
    if sum(map(len, data)) > len(block) + _stored_extra(len(block)):
        data = _stored(block)
    return _Piece(data, isal_zlib.crc32(block), len(block), effort)


def _is_hopeless(block: memoryview) -> bool:
    """Whether it is packed already, as sound and textures are."""
    distance = len(block) // _SAMPLES
    if distance < _SAMPLE:
        return False
    starts = range(0, distance * _SAMPLES, distance)
    samples = b"".join(block[start : start + _SAMPLE] for start in starts)
    return sum(map(len, _deflated(memoryview(samples), None))) >= len(samples) * _HOPELESS


def _deflated(block: memoryview, level: int | None) -> tuple[bytes, ...]:
    """At a level of zlib-ng, or else by ISA-L."""
    if level is None:
        from isal import isal_zlib

        fast = isal_zlib.compressobj(_FAST_LEVEL, isal_zlib.DEFLATED, _RAW)
        return fast.compress(block), fast.flush(isal_zlib.Z_SYNC_FLUSH)
    from zlib_ng import zlib_ng

    exact = zlib_ng.compressobj(level, zlib_ng.DEFLATED, _RAW)
    return exact.compress(block), exact.flush(zlib_ng.Z_SYNC_FLUSH)


def _stored(block: memoryview) -> tuple[bytes, ...]:
    pieces = (block[start : start + _STORED] for start in range(0, len(block), _STORED))
    headed = ((_STORED_HEADER.pack(0, len(each), len(each) ^ 0xFFFF), each) for each in pieces)
    return (b"".join(chain.from_iterable(headed)),)


def _stored_extra(size: int) -> int:
    """What the headers of its stored blocks add to a block."""
    return -(-size // _STORED) * _STORED_HEADER.size


def _joined(check: int, following: int, size: int) -> int:
    """The CRC of what has the first one, and then ``size`` bytes that have the other."""
    from isal import isal_zlib

    return isal_zlib.crc32_combine(check, following, size)
