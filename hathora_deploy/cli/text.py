"""The forms that values take for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hathora_deploy.cli.terminal import harmless

if TYPE_CHECKING:
    from hathora_deploy.api.network import ExposedPort


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines whose cells stand below each other; control characters of cells are gone."""
    clean = [[harmless(cell, colours=False).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*clean, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in clean
    ]


def moment(time: datetime | None) -> str:
    """``3 min ago, 2026-11-21 23:58:48+01:00``: how long ago, and when on this machine's clock."""
    if time is None:
        return "-"
    return f"{ago(datetime.now(UTC) - time)}, {time.astimezone().isoformat(' ', 'seconds')}"


def ago(elapsed: timedelta) -> str:
    """A duration in its largest unit. A clock that is ahead of ours has just done it."""
    seconds = max(0, int(elapsed.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 room``, ``2 rooms``."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def size(count: float) -> str:
    """Bytes: ``38.1 MiB``."""
    if count < 1024:
        return f"{count:.0f} B"
    for unit in ("KiB", "MiB"):
        count /= 1024
        if count < 1024:
            return f"{count:.1f} {unit}"
    return f"{count / 1024:.1f} GiB"


def address(port: ExposedPort | None) -> str:
    """``127.0.0.1:34567 (udp)``."""
    return f"{port.host}:{port.port} ({port.transport_type})" if port else "-"


def short_fleet(text: str) -> str:
    """The id of a fleet as far as people need it: ``fleet-041ce498``."""
    return re.sub(r"\b(fleet-[0-9a-f]{8})-[0-9a-f-]{27}\b", r"\1", text)


def short_tag(tag: str) -> str:
    """A tag on one line, with the git SHAs in it as people write them: ``3f9c2ab-dirty``."""
    return re.sub(r"\b([0-9a-f]{7})[0-9a-f]{33}\b", r"\1", " ".join(tag.split()))
