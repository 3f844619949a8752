"""A real file system that is soon full."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, mebibytes: int) -> Iterator[Path]:
    """``place`` as a file system of so many MiB; skips the test where none can be mounted."""
    place.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("a small file system cannot be mounted here: there is no mount command")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", place],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here: it takes root on Linux")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def leave_free(disk: Path, mebibytes: int) -> None:
    """Fill a disk up to so many MiB, by a file beside what is on it."""
    (disk / "filler").unlink(missing_ok=True)
    excess = shutil.disk_usage(disk).free - (mebibytes << 20)
    with (disk / "filler").open("wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, excess)
