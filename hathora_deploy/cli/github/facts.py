"""What is known of a deploy while it runs: all that can be told of it when it fails."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

_TAIL: Final = 40
"""Lines of a build log that a person reads first."""


@dataclass
class Facts:
    """Grows as the deploy goes on; None is what is not known yet."""

    build_id: str | None = None
    build_tag: str | None = None
    build_status: str | None = None
    archive_bytes: int | None = None
    is_reused: bool = False
    deployment_id: str | None = None
    is_verified: bool = False
    live_id: str | None = None
    """The deployment that a rollback has made."""
    restored_id: str | None = None
    """The earlier one that it is as."""
    build_log: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL))
