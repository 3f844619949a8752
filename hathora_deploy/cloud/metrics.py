"""Metrics as points on a regular grid of time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

Point = tuple[float, float]
"""A moment in Unix seconds, and a value."""
Summary = Callable[[Sequence[float]], float]


@dataclass(frozen=True)
class Grid:
    """Steps of so many seconds from ``start`` on, the last one cut short by ``end``; in Unix seconds."""

    start: float
    end: float
    step: int

    @property
    def size(self) -> int:
        return math.ceil((self.end - self.start) / self.step)

    def moments(self) -> list[float]:
        """When each step begins."""
        return [self.start + number * self.step for number in range(self.size)]

    def until(self, now: float) -> list[float]:
        """Where each step begins that has begun by now, and where the last one ends or has come to."""
        begun = [moment for moment in self.moments() if moment < now]
        return [*begun, min(begun[-1] + self.step, self.end, now)] if begun else []

    def summarize(self, points: Iterable[Point], summary: Summary = fmean) -> list[Point]:
        """One point for each step with points in it, at the step's begin."""
        steps: dict[int, list[float]] = {}
        for moment, value in points:
            if self.start <= moment < self.end:
                steps.setdefault(int((moment - self.start) // self.step), []).append(value)
        return [
            (self.start + number * self.step, summary(steps[number])) for number in sorted(steps)
        ]


def last(values: Sequence[float]) -> float:
    """The summary of what only grows."""
    return values[-1]


def rates(totals: Iterable[Point]) -> Iterator[Point]:
    """How fast a total grew until each of its points but the first; one that fell began anew."""
    for (before, less), (moment, more) in pairwise(totals):
        if moment > before and more >= less:
            yield moment, (more - less) / (moment - before)
