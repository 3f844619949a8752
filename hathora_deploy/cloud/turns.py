"""Who comes with much at once waits for a turn, and holds up nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """At most so many at once for each key; the others wait, in the order in which they came."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._queues: dict[str, _Queue] = {}

    def crowd(self, key: str) -> int:
        """How many have a turn or wait for one."""
        queue = self._queues.get(key)
        return queue.crowd if queue is not None else 0

    @asynccontextmanager
    async def taken(self, key: str) -> AsyncIterator[None]:
        """A turn, for as long as the block lasts."""
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue(self._most)
        queue.crowd += 1
        try:
            async with queue.places:
                yield
        finally:
            queue.crowd -= 1
            if not queue.crowd:
                del self._queues[key]


class _Queue:
    def __init__(self, places: int) -> None:
        self.places = asyncio.Semaphore(places)
        self.crowd = 0
