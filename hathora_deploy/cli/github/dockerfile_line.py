"""The line of a Dockerfile that a build failed at, as far as its log tells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from hathora_deploy.dockerfile import DockerfileError, parse

_NAMED: Final = re.compile(r"\bDockerfile(?::|, line | line |:\s*line )(?P<line>\d+)\b")
"""BuildKit writes ``Dockerfile:12``, the cloud of this machine ``Dockerfile, line 12``."""
_PARSING: Final = re.compile(
    r"(?:parse error|dockerfile parse error).*? line (?P<line>\d+)\b", re.I
)
_STEP: Final = re.compile(r"Step (?P<number>\d+)/(?P<count>\d+) : ")


def failed_line(log: Iterable[str], dockerfile: str) -> int | None:
    """From 1; None where nothing tells it. The last that is named counts."""
    lines = list(log)
    for line in reversed(lines):
        named = _NAMED.search(line) or _PARSING.search(line)
        if named and 0 < int(named["line"]) <= dockerfile.count("\n") + 1:
            return int(named["line"])
    step = next(filter(None, map(_STEP.match, reversed(lines))), None)
    return _line_of_step(int(step["number"]), int(step["count"]), dockerfile) if step else None


def faulty_line(dockerfile: str) -> int | None:
    """Where it cannot be read, if it cannot."""
    try:
        parse(dockerfile)
    except DockerfileError as error:
        return error.line
    return None


def _line_of_step(number: int, count: int, dockerfile: str) -> int | None:
    """Steps are instructions in their order; where the counts differ, they are of another Dockerfile."""
    try:
        instructions = parse(dockerfile).instructions
    except DockerfileError:
        return None
    return instructions[number - 1].line if len(instructions) == count >= number > 0 else None
