"""How much of the vCPUs that processes asked for was in use, and when."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final

from hathora_deploy.cloud.state.usage import Span

_HOUR: Final = 3600
_DIGITS: Final = 6
"""A sum of binary fractions is not exact: 0.1 and 0.2 are 0.3 all the same."""


def vcpu_hours(spans: Iterable[Span], *, start: float, end: float) -> float:
    """The sum of vCPUs times hours, of what lies between two moments."""
    used = sum((to - since) * vcpus for since, to, vcpus in _within(spans, start, end))
    return round(used / _HOUR, _DIGITS)


def peak(spans: Iterable[Span], *, start: float, end: float) -> float:
    """The most vCPUs at once; a process that ends makes room for one that starts at that moment."""
    levels = accumulate(change for _, change in _changes(spans, start, end))
    return round(max(levels, default=0.0), _DIGITS)


def means(spans: Iterable[Span], edges: Sequence[float]) -> list[float]:
    """The vCPUs in use between each moment of ``edges`` and the next, on average."""
    if len(edges) < 2:
        return []
    changes = deque(_changes(spans, edges[0], edges[-1]))
    level, found = 0.0, []
    for begin, end in pairwise(edges):
        used, at = 0.0, begin
        while changes and changes[0][0] < end:
            moment, change = changes.popleft()
            used += level * (moment - at)
            level, at = level + change, moment
        used += level * (end - at)
        found.append(round(used / (end - begin), _DIGITS))
    return found


def _changes(spans: Iterable[Span], start: float, end: float) -> list[tuple[float, float]]:
    """When the level changes and by how much, in order; at the same moment, what ends comes first."""
    return sorted(
        change
        for since, to, vcpus in _within(spans, start, end)
        for change in ((since, vcpus), (to, -vcpus))
    )


def _within(
    spans: Iterable[Span], start: float, end: float
) -> Iterator[tuple[float, float, float]]:
    """The part of each span that lies between two moments, if any."""
    for span in spans:
        since, to = max(span.start, start), min(span.end, end)
        if since < to:
            yield since, to, span.vcpus
