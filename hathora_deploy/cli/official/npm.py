"""``hathora-cloud deploy``, of the npm tool that came before: its words as those of ``hathora``."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_PLANS: Final[Mapping[str, tuple[str, str]]] = {
    "tiny": ("0.5", "1024"),
    "small": ("1", "2048"),
    "medium": ("2", "4096"),
    "large": ("4", "8192"),
}
"""Cores and MB of memory."""


def translated(words: Sequence[str]) -> list[str]:
    """What is not given is always as in the latest deployment. Other commands are left as they are."""
    if words[:1] != ["deploy"]:
        return list(words)
    return ["deploy", "--from-latest", *_flags(deque(words[1:]))]


def _flags(left: deque[str]) -> Iterator[str]:
    while left:
        word = left.popleft()
        if not word.startswith("--"):
            yield word
            continue
        name, equals, value = word.partition("=")
        name = re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
        if name in ("--plan-name", "--env") and not equals and left:
            equals, value = "=", left.popleft()
        if name == "--plan-name" and value in _PLANS:
            cpu, memory = _PLANS[value]
            yield from (f"--requested-cpu={cpu}", f"--requested-memory-mb={memory}")
        elif name == "--env" and value.startswith("["):
            yield from _variables(value)
        else:
            yield f"{name}{equals}{value}"


def _variables(text: str) -> Iterator[str]:
    """Of ``[{"name": "A", "value": "1"}]``; a text that is none is left for the error about it."""
    try:
        pairs = [(each["name"], each["value"]) for each in json.loads(text)]
    except (ValueError, TypeError, KeyError, RecursionError):
        yield f"--env={text}"
        return
    for name, value in pairs:
        quote = '"' if '"' not in str(value) else "'"
        yield f"--env={name}={quote}{value}{quote}"
