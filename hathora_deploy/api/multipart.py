"""How an archive is cut into parts, and the document that puts it together again, as in S3."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class PartRange:
    """A part: ``length`` bytes of the archive from ``start``. Numbers count from 1."""

    number: int
    start: int
    length: int

    @property
    def end(self) -> int:
        """The first byte after the part."""
        return self.start + self.length


@dataclass(frozen=True)
class CompletedPart:
    """A part that has arrived, with the ETag its store answered."""

    number: int
    etag: str


def part_ranges(size: int, part_size: int) -> tuple[PartRange, ...]:
    """The parts of ``size`` bytes: every one is ``part_size`` long, but the last may be shorter.

    Raises ValueError for no bytes at all: an archive is never empty.
    """
    if size < 1 or part_size < 1:
        raise ValueError(f"{size} bytes cannot be cut into parts of {part_size} bytes")
    starts = range(0, size, part_size)
    return tuple(
        PartRange(number, start, min(part_size, size - start))
        for number, start in enumerate(starts, start=1)
    )


def completion_document(parts: Iterable[CompletedPart]) -> bytes:
    """The XML that completes an upload, with the parts in order and each ETag as it was given."""
    listed = "".join(
        f"<Part><PartNumber>{part.number}</PartNumber><ETag>{escape(part.etag, quote=False)}</ETag></Part>"
        for part in sorted(parts, key=lambda part: part.number)
    )
    return f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
