"""Asks again and again, also while nobody answers for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.retry import is_passing

SeenT = TypeVar("SeenT")


@dataclass(frozen=True)
class Look(Generic[SeenT]):
    """What was seen, last or just now."""

    seen: SeenT | None
    """None where nothing was seen yet."""
    trouble: HathoraError | None = None
    """Why nothing is seen now."""
    since: datetime | None = None
    """Since when there is trouble."""

    def tells_more_than(self, earlier: Look[SeenT] | None) -> bool:
        """Whether something has happened since."""
        return earlier is None or (self.seen, self.since) != (earlier.seen, earlier.since)


def looks(ask: Callable[[], SeenT], *, interval: float) -> Iterator[Look[SeenT]]:
    """What ``ask`` returns, every ``interval`` seconds, for ever. Raises what does not pass."""
    seen: SeenT | None = None
    since: datetime | None = None
    while True:
        try:
            seen = ask()
        except HathoraError as error:
            if not is_passing(error):
                raise
            since = since or datetime.now(UTC)
            yield Look(seen, error, since)
        else:
            since = None
            yield Look(seen)
        time.sleep(interval)
