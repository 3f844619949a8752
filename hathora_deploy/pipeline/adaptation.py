"""The efforts of an archive's blocks: chosen as its link asks for, remembered so that they can be repeated."""

from __future__ import annotations

from collections.abc import Sequence

from hathora_deploy.pipeline.clock import MONOTONIC, Clock
from hathora_deploy.pipeline.effort import Effort, Flow, next_effort
from hathora_deploy.pipeline.link import Link, Pace


class Adaptation:
    """Asked and told by the thread that packs; another may look at ``efforts``.

    ``earlier`` are the efforts that an archive of the same content began with. It gets the same bytes so,
    and parts of it that a store has already are good for this one.
    """

    def __init__(
        self, link: Link, *, earlier: Sequence[Effort] = (), clock: Clock = MONOTONIC
    ) -> None:
        self._link = link
        self._earlier = earlier
        self._clock = clock
        self._chosen: list[Effort] = []
        self._packer = Pace()
        self._last: tuple[Effort, float] | None = None

    @property
    def efforts(self) -> tuple[Effort, ...]:
        """Of the blocks so far, in order."""
        return tuple(self._chosen)

    def choose(self) -> Effort:
        """The effort of the next block."""
        index = len(self._chosen)
        if index < len(self._earlier):
            effort = self._earlier[index]
        else:
            link = self._link
            flow = Flow(link.waiting, link.least, link.most, self._packer.rate)
            effort = next_effort(flow, self._chosen[-1] if index else Effort.FAST)
        self._chosen.append(effort)
        return effort

    def made(self, effort: Effort, size: int) -> None:
        """A block of so many bytes is done with."""
        now = self._clock()
        if self._last is not None and self._last[0] is effort is Effort.FAST:
            self._packer.add(size, now - self._last[1])
        self._last = effort, now
