"""The line of a Dockerfile that a build failed at, as far as its log tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from hathora_deploy.dockerfile import DockerfileError, Instruction, parse

_NAMED: Final = re.compile(r"\bDockerfile(?::|, line | line |:\s*line )(?P<line>\d+)\b")
"""A newer BuildKit writes ``Dockerfile:12``, the cloud of this machine ``Dockerfile, line 12``."""
_PARSING: Final = re.compile(
    r"(?:parse error|dockerfile parse error).*? line (?P<line>\d+)\b", re.I
)
_STEP: Final = re.compile(r"Step (?P<number>\d+)/(?P<count>\d+) : ")
_PART_OF_STAGE: Final = re.compile(r"\[(?:\S+ )?\d+/\d+\] (?P<text>.+)")
"""BuildKit counts within a stage, and only what makes files."""
_ERROR: Final = "Error"


def failed_line(log: Sequence[str], dockerfile: str) -> int | None:
    """From 1; None where nothing tells it. What is named last counts."""
    for line in reversed(log):
        named = _NAMED.search(line) or _PARSING.search(line)
        if named and 0 < int(named["line"]) <= dockerfile.count("\n") + 1:
            return int(named["line"])
    try:
        instructions = parse(dockerfile).instructions
    except DockerfileError:
        return None
    return _of_command(log, instructions) or _of_step(log, instructions)


def faulty_line(dockerfile: str) -> int | None:
    """Where it cannot be read, if it cannot."""
    try:
        parse(dockerfile)
    except DockerfileError as error:
        return error.line
    return None


def _of_command(log: Sequence[str], instructions: Sequence[Instruction]) -> int | None:
    """That of the command which an error quotes; of several, the longest."""
    errors = [_in_one_form(line) for line in log if line.startswith(_ERROR)]
    commands = {
        _in_one_form(" ".join(each.arguments)): each.line
        for each in instructions
        if each.keyword == "RUN"
    }
    quoted = [command for command in commands if any(command in error for error in errors)]
    return commands[max(quoted, key=len)] if quoted else None


def _of_step(log: Sequence[str], instructions: Sequence[Instruction]) -> int | None:
    """That of the step which began last; where the steps are those of another Dockerfile, None."""
    for line in reversed(log):
        if step := _STEP.match(line):
            number, count = int(step["number"]), int(step["count"])
            is_of_this = len(instructions) == count >= number > 0
            return instructions[number - 1].line if is_of_this else None
        if part := _PART_OF_STAGE.match(line):
            text = _in_one_form(part["text"])
            found = [each.line for each in instructions if _in_one_form(each.text) == text]
            return found[0] if len(found) == 1 else None
    return None


def _in_one_form(text: str) -> str:
    return " ".join(text.split())
