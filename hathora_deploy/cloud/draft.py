"""What is made beside the place that it takes when it is whole, so that half of it is never there."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hathora_deploy import private_files


@contextmanager
def draft_folder(place: Path) -> Iterator[Path]:
    """A folder beside ``place``, which is gone after the block or, if that renames it, stays.

    Those that programs left there which were killed go as well. Raises OSError.
    """
    _sweep(place)
    while True:
        draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}.partial")
        private_files.make_folder(draft)
        lock = os.open(draft, os.O_RDONLY | os.O_CLOEXEC)
        with suppress(OSError):  # of a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        if draft.exists():  # somebody who sweeps may have been quicker
            break
        os.close(lock)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        os.close(lock)


def _sweep(place: Path) -> None:
    name = re.compile(rf"\.{re.escape(place.name)}\.[0-9a-f]{{8}}\.partial")
    with suppress(OSError):
        for each in place.parent.iterdir():
            if name.fullmatch(each.name) and each.is_dir() and not each.is_symlink():
                with suppress(OSError):  # somebody uses it, or it is not ours
                    _remove_unused(each)


def _remove_unused(draft: Path) -> None:
    """The system lets go of a lock when a program is killed."""
    lock = os.open(draft, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(draft)
    finally:
        os.close(lock)
