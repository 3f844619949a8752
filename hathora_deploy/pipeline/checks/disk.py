"""Whether there is room for what a deploy writes."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Final

from hathora_deploy.pipeline.checks.finding import Finding

ABOUT = "disk"
_MIB: Final = 1024 * 1024
_LITTLE: Final = 1024 * _MIB
"""Free bytes below which the next thing that is written may be too much."""


def check_room(what_for: str, folder: Path, *, needed: int, fix: str | None = None) -> Finding:
    """``needed`` are the bytes that a deploy writes there. A folder that is to be made counts too."""
    place = _existing(folder)
    free = shutil.disk_usage(place).free
    return judged(what_for, folder, free=free, needed=needed, fix=fix)


def judged(
    what_for: str, folder: Path, *, free: int, needed: int, fix: str | None = None
) -> Finding:
    """What so much room is good for."""
    room = f"{free // _MIB:,} MiB are free in {folder}, {what_for}"
    fix = fix or f"df -h {shlex.quote(str(folder))}"
    if free < needed:
        return Finding.problem(ABOUT, f"{room}; a deploy takes {needed // _MIB + 1:,} MiB", fix)
    if free < needed + _LITTLE:
        return Finding.warning(ABOUT, room, fix)
    return Finding.ok(ABOUT, room)


def _existing(folder: Path) -> Path:
    """The folder, or what it will be made in."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())
