"""Logs as files that are written by one and followed by many."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO, Final

from hathora_deploy.api.operation import TextStream
from hathora_deploy.cloud import private

_PIECE: Final = 64 * 1024
_QUICKEST_LOOK: Final = 0.02
_SLOWEST_LOOK: Final = 0.5
LONGEST_LINE: Final = 32 * 1024
"""Bytes. Hathora's own command line gives up on a line of 64 KiB."""


class LogFile:
    """Writes the log of a build, a line at a time."""

    def __init__(self, path: Path) -> None:
        private.make_folder(path.parent)
        self._file = private.create(path).open("ab", buffering=0)

    def write_line(self, line: str) -> None:
        """Append a line; one that clients could not take is broken in several."""
        data = line.encode("utf-8", "replace")
        pieces = [data[at : at + LONGEST_LINE] for at in range(0, len(data), LONGEST_LINE)]
        self._file.write(b"".join(piece + b"\n" for piece in pieces or [b""]))

    def close(self) -> None:
        self._file.close()


class LogStream(TextStream):
    """The bytes of a log from an offset and, while it is being written, what comes after.

    Every reader reads the file by itself, so that a slow one holds up nobody.
    """

    def __init__(
        self, path: Path, *, start: int = 0, has_ended: Callable[[], bool] = lambda: True
    ) -> None:
        self._path = path
        self._start = start
        self._has_ended = has_ended

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            log = self._path.open("rb")
        except FileNotFoundError:
            return  # deleted with its build since it was asked for
        with log as file:
            file.seek(self._start)
            pause = _QUICKEST_LOOK
            while True:
                # Asked before reading: what was written before the end is read after it.
                had_ended = await asyncio.to_thread(self._has_ended)
                read_any = False
                while piece := file.read(_PIECE):
                    read_any = True
                    yield piece
                if had_ended:
                    return
                pause = _QUICKEST_LOOK if read_any else min(pause * 1.5, _SLOWEST_LOOK)
                await asyncio.sleep(pause)


def tail_offset(path: Path, lines: int) -> int:
    """Where the last ``lines`` lines of a file begin."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        wanted = lines + _ends_with_newline(file, end)
        position = end
        while position > 0:
            size = min(_PIECE, position)
            position -= size
            file.seek(position)
            piece = file.read(size)
            found = piece.count(b"\n")
            if found < wanted:
                wanted -= found
                continue
            at = len(piece)
            for _ in range(wanted):
                at = piece.rindex(b"\n", 0, at)
            return position + at + 1
    return 0


def _ends_with_newline(file: BinaryIO, end: int) -> bool:
    if end == 0:
        return False
    file.seek(end - 1)
    return file.read(1) == b"\n"
