"""Answers that are kept for a moment: what many players ask again and again."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from hathora_deploy.cloud.state.moves import Moves

_LASTING: Final = 1.0
"""Seconds at most: another cloud on the same database may change what was told."""
_MOST: Final = 10_000


@dataclass(frozen=True)
class _Answer:
    body: bytes
    media_type: str | None
    moves: int
    until: float


class KeptAnswers:
    """Good answers to one operation by the path that was asked, until something moves.

    Only for what anybody may ask, and what is told in the same words to everybody.
    """

    def __init__(self, moves: Moves) -> None:
        self._moves = moves
        self._answers: dict[str, _Answer] = {}

    async def answer(self, path: str, look: Callable[[], Awaitable[Response]]) -> Response:
        """The one that is kept, else what ``look`` returns."""
        kept = self._answers.get(path)
        now = time.monotonic()
        if kept is not None and kept.moves == self._moves.count and now < kept.until:
            return Response(kept.body, media_type=kept.media_type)
        moves = self._moves.count  # before it is looked up
        response = await look()
        if response.status_code == 200:
            if len(self._answers) >= _MOST:
                self._answers.clear()
            body = bytes(response.body)
            self._answers[path] = _Answer(body, response.media_type, moves, now + _LASTING)
        return response
