"""Logs as files that are written by one and followed by many."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from hathora_deploy import private_files
from hathora_deploy.api.operation import TextStream
from hathora_deploy.cloud import holes
from hathora_deploy.cloud.log_watch import Ended, LogWatches

_PIECE: Final = 16 * 1024
"""Bytes. Whoever reads nothing holds one, and there may be thousands."""
LONGEST_LINE: Final = 32 * 1024
"""Bytes. Hathora's own command line gives up on a line of 64 KiB."""


class LogFile:
    """Writes the log of a build, a line at a time."""

    def __init__(self, path: Path) -> None:
        private_files.make_folder(path.parent)
        self._file = private_files.create(path).open("ab", buffering=0)

    def write_line(self, line: str) -> None:
        """Append a line; one that clients could not take is broken in several."""
        data = line.encode("utf-8", "replace")
        pieces = [data[at : at + LONGEST_LINE] for at in range(0, len(data), LONGEST_LINE)]
        self._file.write(b"".join(piece + b"\n" for piece in pieces or [b""]))

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True)
class Following:
    """How a log is followed that somebody still writes to."""

    watches: LogWatches
    key: str
    """What ``ended`` knows the log by."""
    ended: Ended


class LogStream(TextStream):
    """The bytes of a log from an offset and, where it is followed, what comes after until its end.

    What is no longer kept is passed over, and so is the rest of a line of it.
    """

    def __init__(self, path: Path, *, start: int = 0, following: Following | None = None) -> None:
        self._path = path
        self._start = start
        self._following = following

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self._pieces()) as pieces:
                async for piece in pieces:
                    yield piece
        except FileNotFoundError:
            return  # deleted with its build since it was asked for

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        if self._following is None:
            with self._path.open("rb", buffering=0) as file:
                reader = _Reader(file.fileno(), self._start)
                while piece := reader.read():
                    yield piece
                    await others_turn()
            return
        how = self._following
        with how.watches.follow(self._path, how.key, how.ended) as watch:
            reader = _Reader(watch.file, self._start)
            while True:
                # Taken before reading: what comes meanwhile is told of by them.
                is_over, news = watch.is_over, watch.news
                while piece := reader.read():
                    yield piece
                    await others_turn()
                if is_over:
                    return
                await news.wait()


class _Reader:
    """Reads a file that others read too, from a place of its own."""

    def __init__(self, file: int, start: int) -> None:
        self._file = file
        self._at = max(start, first_line(file))

    def read(self) -> bytes:
        piece = os.pread(self._file, _PIECE, self._at)
        if piece.startswith(b"\0") and self._at < (kept := first_line(self._file, self._at)):
            self._at = kept  # so slow that it is no longer kept what comes next, or nobody wrote it
            piece = os.pread(self._file, _PIECE, self._at)
        self._at += len(piece)
        return piece


async def others_turn() -> None:
    """To be waited for after each piece: where the system takes all that is sent, or whoever read has gone, to
    send waits for nothing, and a long log would keep all others waiting until its end."""
    await asyncio.sleep(0)


def first_line(file: int, since: int = 0) -> int:
    """Where the first line begins that is kept whole, from an offset on."""
    start = holes.next_byte(file, since)
    if start <= since:
        return since
    newline = os.pread(file, LONGEST_LINE, start).find(b"\n")
    return start + newline + 1


def tail_offset(path: Path, lines: int) -> int:
    """Where the last ``lines`` lines of a file begin, or those of them that are kept."""
    with path.open("rb") as file:
        kept = first_line(file.fileno())
        end = file.seek(0, os.SEEK_END)
        wanted = lines + _ends_with_newline(file, end)
        position = end
        while position > kept:
            size = min(_PIECE, position - kept)
            position -= size
            file.seek(position)
            piece = file.read(size)
            if not piece.strip(b"\0"):
                # A game server can make its file as long as it likes, and write nothing.
                return position + size
            found = piece.count(b"\n")
            if found < wanted:
                wanted -= found
                continue
            at = len(piece)
            for _ in range(wanted):
                at = piece.rindex(b"\n", 0, at)
            return position + at + 1
    return kept


def _ends_with_newline(file: BinaryIO, end: int) -> bool:
    if end == 0:
        return False
    file.seek(end - 1)
    return file.read(1) == b"\n"
