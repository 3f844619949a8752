"""A stream that is followed ends soon after its reader may not read it any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

from hathora_deploy.api.errors import Unauthorized

_LOOK_SECONDS: Final = 1.0
"""How long what was allowed stays so, on a stream: not every line is a reason to ask."""


async def while_authorized(
    pieces: AsyncIterator[bytes], authorize: Callable[[], object]
) -> AsyncIterator[bytes]:
    """The pieces, until ``authorize`` raises Unauthorized: the token was revoked, or its scopes taken."""
    asked = time.monotonic()
    async for piece in pieces:
        if time.monotonic() - asked > _LOOK_SECONDS:
            try:
                await asyncio.to_thread(authorize)
            except Unauthorized:
                return
            asked = time.monotonic()
        yield piece
