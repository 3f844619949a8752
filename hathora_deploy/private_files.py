"""Files and folders that only their owner may read. On Windows a user's folders are closed by other means."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

_OWNER_ONLY_FILE = 0o600
_OWNER_ONLY_FOLDER = 0o700


def make_folder(path: Path) -> Path:
    """The folder, made where it is absent and closed to others in any case. Raises OSError."""
    path.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    path.chmod(_OWNER_ONLY_FOLDER)
    return path


def create(path: Path) -> Path:
    """An empty file where there is none. Raises OSError."""
    path.touch(mode=_OWNER_ONLY_FILE)
    return path


def write(path: Path, content: str | bytes) -> None:
    """Replace a file at once: a reader sees the old content or the new. Raises OSError, and leaves no draft."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read(path: Path, *, most: int) -> bytes | None:
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


def keep_newest(folder: Path, count: int) -> None:
    """Of files that were written longest ago, also drafts of programs that were killed, none but these stay."""
    newest_first = sorted(folder.iterdir(), key=lambda each: -each.lstat().st_mtime_ns)
    for each in newest_first[count:]:
        each.unlink(missing_ok=True)
