"""Figures side by side."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

SampleT = TypeVar("SampleT")


@dataclass(frozen=True)
class Figure:
    """One measured thing. ``samples`` share a unit; the median speaks for them."""

    name: str
    samples: Sequence[float]
    unit: str

    @property
    def median(self) -> float:
        return statistics.median(self.samples)


def in_turn(measures: Mapping[str, Callable[[], SampleT]], rounds: int) -> dict[str, list[SampleT]]:
    """Samples by name. Taken in turn, so that a slow minute of the machine hits all alike."""
    samples: dict[str, list[SampleT]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            samples[name].append(measure())
    return samples


def table(title: str, figures: Sequence[Figure], note: str = "") -> str:
    """A table whose ratios are to the first figure."""
    first = figures[0].median
    width = max(len(figure.name) for figure in figures)
    lines = [title, f"  {'':{width}}  {'median':>12}  {'min … max':>19}  {'ratio':>6}"]
    for figure in figures:
        low, high = min(figure.samples), max(figure.samples)
        lines.append(
            f"  {figure.name:{width}}  {figure.median:>8.3f} {figure.unit:<3}"
            f"  {low:>8.3f} … {high:>8.3f}  {figure.median / first:>6.2f}"
        )
    return "\n".join([*lines, f"  {note}"] if note else lines)
