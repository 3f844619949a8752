"""What the server is told by its environment. Hathora sets these variables for every process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_PORT = 7777
"""The port that the Dockerfile exposes."""
DEFAULT_SECONDS = 20.0
LONGEST_SECONDS = 600.0


@dataclass(frozen=True)
class Settings:
    """Where the server listens, which room it is, how long a round lasts."""

    port: int
    room: str
    region: str
    seconds: float


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises ValueError with what is wrong."""
    config = environ.get("HATHORA_INITIAL_ROOM_CONFIG", "")
    return Settings(
        # HATHORA_DEFAULT_PORT is the port that players use; in a container it leads to this one.
        port=_port(environ.get("PORT", "")),
        room=environ.get("HATHORA_INITIAL_ROOM_ID") or "local",
        region=environ.get("HATHORA_REGION") or "nowhere",
        seconds=_seconds(config) if config else DEFAULT_SECONDS,
    )


def _port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError(f"the port must be a number from 1 to 65535, not {text!r}")
    return int(text)


def _seconds(config: str) -> float:
    """The length of a round, from a room config such as ``{"seconds": 30}``."""
    try:
        seconds = json.loads(config).get("seconds", DEFAULT_SECONDS)
    except (ValueError, AttributeError):
        raise ValueError(
            f'the room config must be JSON such as {{"seconds": 30}}, not {config!r}'
        ) from None
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 1 <= seconds <= LONGEST_SECONDS:
        raise ValueError(f"seconds must be from 1 to {LONGEST_SECONDS:.0f}, not {seconds!r}")
    return float(seconds)
