"""Which files stay out of the build context: ``.dockerignore`` by the Docker engine's rules.

A pattern matches a path, and with it everything below. The last pattern that matches decides; one that
begins with ``!`` brings back. Patterns are of Go's ``filepath.Match``, and ``**`` stands for any number of
folders. Paths and patterns are written with ``/`` on every platform.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_WILDCARDS: Final = re.compile(r"[*?\[\\]")


@dataclass(frozen=True)
class IgnorePattern:
    """One line: what it matches and whether it brings back. ``prefix`` is its text before any wildcard."""

    expression: re.Pattern[str]
    is_exception: bool
    prefix: str


@dataclass(frozen=True)
class IgnoreRules:
    """The patterns of an ignore file, in order."""

    patterns: tuple[IgnorePattern, ...] = ()

    def ignores(self, path: str) -> bool:
        """Whether a path, relative to the context, stays out."""
        for pattern in reversed(self.patterns):
            if pattern.expression.match(path):
                return not pattern.is_exception
        return False

    def may_bring_back_below(self, folder: str) -> bool:
        """Whether an exception could match something inside an ignored folder."""
        below = folder + "/"
        return any(
            pattern.prefix.startswith(below) or below.startswith(pattern.prefix)
            for pattern in self.patterns
            if pattern.is_exception
        )


class IgnoreSyntaxError(ValueError):
    """A line that is no pattern."""


def parse_ignore_file(text: str) -> IgnoreRules:
    """The rules of an ignore file. Raises IgnoreSyntaxError, naming the line."""
    patterns: list[IgnorePattern] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if line.startswith("#") or not line.strip():
            continue
        try:
            patterns.append(_pattern(line.strip()))
        except (IgnoreSyntaxError, re.error) as error:
            raise IgnoreSyntaxError(f"line {number}: {line.strip()!r}: {error}") from None
    return IgnoreRules(tuple(patterns))


def _pattern(line: str) -> IgnorePattern:
    is_exception = line.startswith("!")
    text = _cleaned(line[1:].strip() if is_exception else line)
    if not text:
        raise IgnoreSyntaxError("an exception without a pattern")
    # A pattern that matches a folder matches what is below it.
    expression = re.compile(f"(?:{_expression(text)})(?:/.*)?\\Z", re.DOTALL)
    return IgnorePattern(expression, is_exception, _WILDCARDS.split(text, maxsplit=1)[0])


def _cleaned(text: str) -> str:
    """The pattern without ``./``, ``..``, doubled and outer slashes."""
    if not text:
        return ""
    cleaned = re.sub("^/+", "/", posixpath.normpath(text))
    return cleaned[1:] if len(cleaned) > 1 and cleaned.startswith("/") else cleaned


def _expression(text: str) -> str:
    if text.startswith("**") and text[2:] and not _WILDCARDS.search(text[2:]):
        # The engine compares ends here, so that ``**foo`` matches ``barfoo`` although ``**foo*`` does not.
        end = text[2:]
        return f"(?:.*/)?{re.escape(end[1:])}" if end.startswith("/") else f".*{re.escape(end)}"
    return "".join(_tokens(text))


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if text.startswith("**", position - 1):
            position += 1
            if text.startswith("/", position):
                position += 1
            yield "(?:.*/)?" if position < len(text) else ".*"
        elif character == "*":
            yield "[^/]*"
        elif character == "?":
            yield "[^/]"
        elif character == "[":
            token, position = _class(text, position)
            yield token
        elif character == "\\":
            if position == len(text):
                raise IgnoreSyntaxError("nothing follows the backslash")
            yield re.escape(text[position])
            position += 1
        else:
            yield re.escape(character)


def _class(text: str, position: int) -> tuple[str, int]:
    """A character class whose ``[`` was just read, and the position after its ``]``."""
    negation = "^" if text.startswith("^", position) else ""
    position += len(negation)
    ranges = ""
    while not ranges or not text.startswith("]", position):
        low, position = _class_character(text, position)
        ranges += low
        if text.startswith("-", position):
            high, position = _class_character(text, position + 1)
            ranges += f"-{high}"
    return f"[{negation}{ranges}]", position + 1


def _class_character(text: str, position: int) -> tuple[str, int]:
    if text.startswith("\\", position):
        position += 1
    elif text.startswith(("-", "]"), position):
        raise IgnoreSyntaxError(f"{text[position]!r} in [] needs a backslash before it")
    if position >= len(text):
        raise IgnoreSyntaxError("[ is not closed by ]")
    return re.escape(text[position]), position + 1
