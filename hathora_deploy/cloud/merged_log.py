"""Several logs as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO, Final

from hathora_deploy.api.operation import ByteStream
from hathora_deploy.cloud.logs import others_turn, tail_offset

_PIECE: Final = 64 * 1024
_PAUSE: Final = 0.25


class MergedLog(ByteStream):
    """The last lines of some logs and, while ``live`` names any, what comes after in those.

    Lines come whole: those of two processes never run into each other.
    """

    def __init__(
        self,
        recent: Sequence[Path],
        *,
        tail_lines: int,
        live: Callable[[], Collection[Path]] | None = None,
    ) -> None:
        self._recent = recent
        self._tail_lines = tail_lines
        self._live = live

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with ExitStack() as files:
            logs: dict[Path, _Log] = {}
            for path in self._recent:
                _open(logs, path, files, tail_lines=self._tail_lines)
            while True:
                # Asked before reading: what was written before an end is read after it.
                live = await asyncio.to_thread(self._live) if self._live else ()
                for path in live:
                    if path not in logs:
                        _open(logs, path, files)
                for path, log in list(logs.items()):
                    for lines in log.read():
                        yield lines
                        await others_turn()
                    if path not in live:
                        if rest := log.rest():
                            yield rest
                        logs.pop(path).close()
                if not live:
                    return
                await asyncio.sleep(_PAUSE)


class _Log:
    """A log that is read line by line."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begun = b""
        self.close = file.close

    def read(self) -> Iterator[bytes]:
        """The lines that have come."""
        while piece := self._file.read(_PIECE):
            lines, newline, self._begun = (self._begun + piece).rpartition(b"\n")
            if newline:
                yield lines + newline

    def rest(self) -> bytes:
        """A last line without an end gets one."""
        return self._begun + b"\n" if self._begun else b""


def _open(
    logs: dict[Path, _Log], path: Path, files: ExitStack, *, tail_lines: int | None = None
) -> None:
    # One that has written nothing yet is looked for again, one that is kept no more never comes.
    with suppress(FileNotFoundError):
        start = 0 if tail_lines is None else tail_offset(path, tail_lines)
        file = files.enter_context(path.open("rb"))
        file.seek(start)
        logs[path] = _Log(file)
