"""Which programs of this machine run in a container."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def is_in_container(pid: int, container_id: str) -> bool:
    """By its groups, which are named after the container. The engine may be another machine's: then not."""
    with suppress(OSError):
        return container_id in (Path("/proc") / str(pid) / "cgroup").read_text()
    return False
