"""What stands deep in JSON, which may have another form than it is thought to have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def at(value: Any, *names: str) -> Any:
    """None where there is nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
