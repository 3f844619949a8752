"""How much an archive may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

UNPACKED_VARIABLE: Final = "HATHORA_CLOUD_MAX_UNPACKED_MB"
ENTRIES_VARIABLE: Final = "HATHORA_CLOUD_MAX_ENTRIES"

MIB: Final = 1 << 20
_GIB: Final = 1 << 30
_DENSEST: Final = 200
"""Times its size that an archive may unpack to. Deflate gets to 1032, game servers to 10."""
_ALWAYS_DENSE: Final = _GIB
"""Bytes that an archive may unpack to however small it is."""
_RESERVE: Final = 64 * MIB
"""Bytes that stay free on the disk, so that a full one does not stop the cloud itself."""


@dataclass(frozen=True)
class ArchiveLimits:
    """What every archive has to keep."""

    unpacked: int = 32 * _GIB
    """Bytes of the tar."""
    entries: int = 250_000
    """Files, links and folders, those included that are only part of a name."""

    @property
    def names(self) -> int:
        """Bytes of all names and link targets, which are held in memory."""
        return 256 * self.entries

    @property
    def extensions(self) -> int:
        """Bytes of all PAX headers and headers of long names."""
        return 1024 * self.entries


@dataclass(frozen=True)
class Bound:
    """The most bytes that one archive may unpack to, and what is said of one that has more."""

    size: int
    message: str
    hint: str


def bound_of(limits: ArchiveLimits, *, archive_size: int, free: int | None = None) -> Bound:
    """The tightest bound of an archive; ``free`` are the bytes of the disk it is unpacked to, if known."""
    bounds = [
        Bound(
            limits.unpacked,
            f"the archive unpacks to more than the {limits.unpacked // MIB:,} MiB that this cloud allows",
            "leave out what the game server does not need with a .dockerignore; "
            f"whoever runs the cloud may raise {UNPACKED_VARIABLE}",
        ),
        Bound(
            max(_ALWAYS_DENSE, _DENSEST * archive_size),
            f"the archive unpacks to more than {_DENSEST} times its size, as bombs do",
            "if it has to hold so much of the same, compress it less: --compression 0",
        ),
    ]
    if free is not None:
        room = max(0, free - _RESERVE)
        bounds.append(
            Bound(
                room,
                f"the disk is full: the archive unpacks to more than the {room // MIB:,} MiB left on it",
                "free some space, or delete builds you no longer need",
            )
        )
    return min(bounds, key=lambda bound: bound.size)
