"""What tells a file from what it was before, and what it held then."""

from __future__ import annotations

import os
from typing import NamedTuple


class FileStatus(NamedTuple):
    """What tells a file from what it was before it was written to. Times are in nanoseconds."""

    size: int
    modified: int
    changed: int
    inode: int
    device: int

    @staticmethod
    def of(found: os.stat_result) -> FileStatus:
        return FileStatus(
            found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev
        )


class KnownFile(NamedTuple):
    """A file as it was when it was read, and the SHA-256 of what it held, in hex."""

    status: FileStatus
    sha256: str
