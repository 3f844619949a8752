"""Looks at each log that is followed once, for all of its readers.

A reader reads the file by itself from where it is, so a slow one holds up nobody, and waits only to
be told that there is more, or that no more comes.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hathora_deploy.cloud.troubles import Troubles
from hathora_deploy.errors import HathoraError

_log = logging.getLogger(__name__)

Ended = Callable[[Collection[str]], Set[str]]
"""Of some logs, by their keys, those that nobody writes to any more. It may block."""

_QUICKEST_LOOK: Final = 0.02
_SLOWEST_LOOK: Final = 0.5
_SLOWER: Final = 1.5
_LOOKS: Final = "looks"


class LogWatch:
    """A log that is open, and followed by one reader or more."""

    def __init__(self, path: Path, key: str, ended: Ended) -> None:
        self.file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.key = key
        self.ended = ended
        self.readers = 0
        self.is_over = False
        """Whether all that will ever stand in the file is in it."""
        self.news = asyncio.Event()
        """Set when there is more, or when it is over; another takes its place."""
        self.due = 0.0
        self._pause = _QUICKEST_LOOK
        self._size = -1

    def look(self, now: float) -> bool:
        """Whether the log has grown; the next look is due the sooner then."""
        size = os.fstat(self.file).st_size
        has_grown, self._size = size != self._size, size
        self._pause = _QUICKEST_LOOK if has_grown else min(self._pause * _SLOWER, _SLOWEST_LOOK)
        self.due = now + self._pause
        if has_grown:
            self._tell()
        return has_grown

    def end(self) -> None:
        self.is_over = True
        self._tell()

    def _tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()


class LogWatches:
    """The logs that are followed. Each event loop has its own task that looks at them."""

    def __init__(self) -> None:
        self._of_loop: dict[asyncio.AbstractEventLoop, _Looker] = {}

    @contextmanager
    def follow(self, path: Path, key: str, ended: Ended) -> Iterator[LogWatch]:
        """The watch of a log, for as long as it is read. Raises OSError when there is no such file."""
        loop = asyncio.get_running_loop()
        looker = self._of_loop.setdefault(loop, _Looker())
        watch = looker.watches.get(path)
        if watch is None or watch.is_over:
            watch = looker.watches[path] = LogWatch(path, key, ended)
        watch.readers += 1
        looker.start()
        try:
            yield watch
        finally:
            watch.readers -= 1
            if not watch.readers:
                os.close(watch.file)
                watch.file = -1
                if looker.watches.get(path) is watch:
                    del looker.watches[path]
                if not looker.watches:
                    looker.stop()
                    self._of_loop.pop(loop, None)


class _Looker:
    """A task that looks at logs when they are due, for as long as there are any."""

    def __init__(self) -> None:
        self.watches: dict[Path, LogWatch] = {}
        self._task: asyncio.Task[None] | None = None
        self._troubles = Troubles()

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._look())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            now = clock()
            silent = [
                watch
                for watch in self.watches.values()
                if not watch.is_over and watch.due <= now and not watch.look(now)
            ]
            if silent:
                await self._end_those_that_ended(silent)
            await asyncio.sleep(_QUICKEST_LOOK)

    async def _end_those_that_ended(self, silent: Collection[LogWatch]) -> None:
        by_source: defaultdict[Ended, dict[str, LogWatch]] = defaultdict(dict)
        for watch in silent:
            by_source[watch.ended][watch.key] = watch
        for ended, watches in by_source.items():
            try:
                # What was written before the end is read after it: readers look once more when told.
                for key in await asyncio.to_thread(ended, list(watches)):
                    watches[key].end()
            except Exception as error:  # noqa: BLE001 - readers wait for the next look, and there has to be one
                problem = error.message if isinstance(error, HathoraError) else repr(error)
                if self._troubles.note(_LOOKS, problem):
                    _log.warning("it is not known which logs have ended: %s", problem)
            else:
                self._troubles.settle(_LOOKS)
