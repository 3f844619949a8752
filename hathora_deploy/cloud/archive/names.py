"""Names of entries: which may stand in an archive, and how they are shown."""

from __future__ import annotations

from typing import Final

from hathora_deploy.cloud.errors import BuildFailed

LONGEST_NAME: Final = 2048
"""Bytes of a name, or of a link's target: half of what Linux takes, for the folders above."""
DEEPEST: Final = 128
"""Folders in one another."""
_LONGEST_PART: Final = 255
_SHOWN: Final = 100


def shown(text: bytes) -> str:
    """A name for a message: in quotes, on one line, and not the whole of a long one."""
    quoted = repr(text[:_SHOWN].decode("utf-8", "backslashreplace"))
    return quoted if len(text) <= _SHOWN else f"{quoted}… ({len(text):,} bytes)"


def inner_name(name: bytes) -> bytes:
    """A name relative to the root of its archive, which is ``b""`` itself. Raises BuildFailed."""
    if len(name) > LONGEST_NAME:
        raise BuildFailed(
            f"the name {shown(name)} in the archive is longer than {LONGEST_NAME:,} bytes",
            hint="give it a shorter name, or leave it out with a .dockerignore",
        )
    parts = [part for part in name.split(b"/") if part not in (b"", b".")]
    if name.startswith(b"/") or b".." in parts:
        raise BuildFailed(
            f"{shown(name)} in the archive lies outside of its root",
            hint="pack the folder from within: tar -czf FILE -C FOLDER .",
        )
    if len(parts) > DEEPEST or max(map(len, parts), default=0) > _LONGEST_PART:
        raise BuildFailed(
            f"{shown(name)} in the archive lies deeper than {DEEPEST} folders, or a part of its name "
            f"is longer than {_LONGEST_PART} bytes",
            hint="give it a shorter name, or leave it out with a .dockerignore",
        )
    return b"/".join(parts)
