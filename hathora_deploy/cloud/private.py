"""Files and folders that only their owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_OWNER_ONLY_FILE = 0o600
_OWNER_ONLY_FOLDER = 0o700


def make_folder(path: Path) -> Path:
    """The folder, made where it is absent and closed to others in any case."""
    path.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    path.chmod(_OWNER_ONLY_FOLDER)
    return path


def write(path: Path, text: str) -> None:
    """Replace a file at once: a reader sees the old text or the new."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY_FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def create(path: Path) -> Path:
    """An empty file where there is none."""
    path.touch(mode=_OWNER_ONLY_FILE)
    return path
