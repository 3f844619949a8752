"""Archives for tests, as a deploy would upload them."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from pathlib import Path

from hathora_deploy.cloud.archive.inspection import InspectedArchive, inspect
from hathora_deploy.cloud.archive.limits import ArchiveLimits

GAME = Path(__file__).with_name("game.py")


def pack(target: Path, files: dict[str, bytes | str], *, prefix: str = "") -> Path:
    """An archive of files by name; a name that ends in ``*`` is executable."""
    with tarfile.open(target, "w:gz") as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(prefix + name.removesuffix("*"))
            entry.size = len(data)
            entry.mode = 0o755 if name.endswith("*") else 0o644
            tar.addfile(entry, io.BytesIO(data))
    return target


def pack_entries(target: Path, *entries: tarfile.TarInfo) -> Path:
    """An archive of bare entries, for those that no honest tool would pack."""
    with tarfile.open(target, "w:gz") as tar:
        for entry in entries:
            tar.addfile(entry, io.BytesIO(b"x" * entry.size) if entry.isreg() else None)
    return target


def inspected(archive: Path) -> InspectedArchive:
    """An archive as the cloud hands it to a runtime. Raises BuildFailed."""
    return inspect(archive, limits=ArchiveLimits(), cancelled=threading.Event())


def game_dockerfile(*words: str, base: str, more: str = "") -> str:
    command = json.dumps(["python3", "game.py", *words])
    return f"FROM {base}\nWORKDIR /app\nCOPY game.py .\n{more}CMD {command}\n"
