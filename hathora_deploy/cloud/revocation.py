"""A stream that is followed ends soon after its reader may not read it any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final

from hathora_deploy.api.errors import Unauthorized

_LOOK_SECONDS: Final = 1.0
"""How long what was allowed stays so, on a stream: not every line is a reason to ask."""


class Revocations:
    """Asks for all streams of a caller at once whether it may still read them."""

    def __init__(self) -> None:
        self._asked: dict[object, tuple[float, asyncio.Future[bool]]] = {}

    async def while_authorized(
        self,
        pieces: AsyncIterator[bytes],
        reader: object,
        authorize: Callable[[], object],
    ) -> AsyncGenerator[bytes, None]:
        """The pieces, until ``authorize`` raises Unauthorized: the token was revoked, or its scopes taken.

        Streams of the same ``reader`` are told the same.
        """
        good_until = time.monotonic() + _LOOK_SECONDS
        try:
            async for piece in pieces:
                if time.monotonic() > good_until:
                    if not await self._may_read(reader, authorize):
                        return
                    good_until = time.monotonic() + _LOOK_SECONDS
                yield piece
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()

    async def _may_read(self, reader: object, authorize: Callable[[], object]) -> bool:
        now = time.monotonic()
        asked_at, answer = self._asked.get(reader, (0.0, None))
        if answer is None or now - asked_at > _LOOK_SECONDS or answer.cancelled():
            self._forget(now)
            answer = asyncio.ensure_future(asyncio.to_thread(_holds, authorize))
            self._asked[reader] = (now, answer)
        # Whoever asked first may go before the answer comes: the others still want it.
        return await asyncio.shield(answer)

    def _forget(self, now: float) -> None:
        for reader, (asked_at, answer) in list(self._asked.items()):
            if now - asked_at > _LOOK_SECONDS and answer.done():
                del self._asked[reader]


def _holds(authorize: Callable[[], object]) -> bool:
    try:
        authorize()
    except Unauthorized:
        return False
    return True
