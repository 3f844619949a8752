"""What travels between client and server: one JSON object per UDP datagram.

client → server
  {"type": "join", "name": "ada"}                 answered by a challenge
  {"type": "join", "name": "ada", "cookie": "…"}  answered by welcome, or by full
  {"type": "move", "direction": "left"}           holds until the next one
  {"type": "leave"}
server → client
  {"type": "challenge", "cookie": "…"}
  {"type": "welcome", "player": 1, "room": "…"}   player is the number in the states that follow
  {"type": "full"}
  {"type": "state", "seconds_left": 4.2, "players": [[1, x, y, score], …], "coins": [[x, y], …]}
  {"type": "over", "scores": [["ada", 7], …]}     repeated for a second: a datagram may be lost
  {"type": "bye"}                                 the server is going down
"""

from __future__ import annotations

import json
from typing import Any

MAX_DATAGRAM = 1200
"""Bytes that pass every network without being split."""

Message = dict[str, Any]


def encode(message: Message) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def decode(datagram: bytes) -> Message | None:
    """The message, or None: anybody can send anything to an open port."""
    if len(datagram) > MAX_DATAGRAM:
        return None
    try:
        message = json.loads(datagram)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return None
    return message


def clean_name(value: object) -> str | None:
    """A name that can be shown and logged, or None: printable, at most 16 characters."""
    if not isinstance(value, str):
        return None
    name = "".join(character for character in value if character.isprintable()).strip()[:16]
    return name or None
