"""How much work goes into the next block of an archive that is sent as it is packed. Decides only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Effort(IntEnum):
    """What is done with a block, from the least work to the most."""

    STORED = 0
    FAST = 1
    SMALL = 2
    SMALLEST = 3


@dataclass(frozen=True)
class Flow:
    """What comes of packing and sending. Rates are in bytes per second, None while unknown."""

    waiting: int
    """Bytes of parts that are there, and that nobody sends yet."""
    link_least: float | None
    """What the link takes while it has something to take, as far as it is certain."""
    link_most: float | None
    """What it may take: some of it may be in buffers yet."""
    packer: float | None
    """What it gets through of the context at ``FAST``, beside whatever else the processors do.

    A link that takes more than that is done sooner with all of the context than the packer is.
    """


_COST: Final = {Effort.SMALLEST: 12.0, Effort.SMALL: 6.0}
"""By how much a packer has to be faster than the link to take such trouble."""
_MARGIN: Final = 1.5
"""By how much more before it begins to."""
_LAG: Final = 0.9
"""By how much a link may fall behind a packer that stores before that does more again."""
_PLENTY: Final = 2.0
"""Seconds of the link's work that have to wait before the packer does more."""
_SCARCE: Final = 0.5
"""Seconds of the link's work with which it goes on doing more."""


def next_effort(flow: Flow, now: Effort) -> Effort:
    """The effort of the next block; ``now`` is that of the last.

    A link that idles is given more bytes sooner, a packer that is far ahead makes fewer of them. Each way
    has a threshold of its own, so that rates which waver do not move it to and fro.
    """
    if flow.link_least is None or flow.link_most is None or flow.packer is None:
        return now
    for effort, cost in _COST.items():
        is_more = now < effort
        enough = flow.link_most * (_PLENTY if is_more else _SCARCE)
        needed = flow.link_most * cost * (_MARGIN if is_more else 1.0)
        if flow.waiting >= enough and flow.packer >= needed:
            return effort
    if now is Effort.STORED:
        is_ahead = flow.waiting >= flow.link_most * _PLENTY
        is_behind = flow.link_least < flow.packer * _LAG
        return Effort.FAST if is_ahead or is_behind else Effort.STORED
    is_idle = not flow.waiting and flow.link_least > flow.packer
    return Effort.STORED if is_idle else Effort.FAST
