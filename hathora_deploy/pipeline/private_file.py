"""Files of the user's own, in folders of the user's own: written at once, and only the newest are kept."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path


def read_private(path: Path, *, most: int) -> bytes | None:
    """What it holds; None where it is not there, larger than ``most`` bytes, or others may have written it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            is_own = found.st_uid == os.geteuid() and not found.st_mode & 0o022
            if not (is_own and stat.S_ISREG(found.st_mode) and found.st_size <= most):
                return None
            return file.read()
    except OSError:
        return None


def replace_private(path: Path, data: bytes) -> None:
    """Who reads it meanwhile sees the old or the new. Raises OSError, and leaves nothing behind."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def keep_newest(folder: Path, count: int) -> None:
    """Of files that were written longest ago, also drafts of programs that were killed, none but these stay."""
    newest_first = sorted(folder.iterdir(), key=lambda each: -each.lstat().st_mtime_ns)
    for each in newest_first[count:]:
        each.unlink(missing_ok=True)
