"""A line of an ignore file, as the Docker engine reads it, made into a regular expression.

The engine checks a pattern by Go's ``filepath.Match``, and then matches by an expression of its own making. Where
the two disagree it matches, without a word, what nobody meant: such patterns are refused here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""Go's: Python's own takes more for space."""
_SPECIAL: Final = re.compile(r"[*?\[\]\\]")
_REPETITION: Final = re.compile(r"\{\d+(,\d*)?\}")
_ANYTHING: Final = "(?s:.*)"
_FOLDERS: Final = "(?:.*/)?"
_NOT_UTF8: Final = "[\ufffd\udc80-\udcff]"
"""A byte that is no UTF-8, as Go and as Python read it."""


class IgnoreSyntaxError(ValueError):
    """A line that is no pattern."""


@dataclass(frozen=True)
class IgnorePattern:
    """What a line of an ignore file means."""

    line: int
    text: str
    """As written."""
    is_exception: bool
    """It brings back what lines above it leave out."""
    expression: str
    """Of the paths that it matches, without what is below them."""
    prefix: str
    """What all of these begin with."""


def read_pattern(line: int, text: str) -> IgnorePattern | None:
    """None for a line that says nothing. Raises IgnoreSyntaxError."""
    text = text.strip(_SPACE) if not text.startswith("#") else ""
    cleaned = _cleaned(text)
    if not cleaned:
        return None
    is_exception = cleaned.startswith("!")
    glob = cleaned.removeprefix("!")
    if not glob:
        raise IgnoreSyntaxError("an exception without a pattern")
    prefix = _SPECIAL.split(glob, maxsplit=1)[0]
    return IgnorePattern(line, text, is_exception, _expression(glob), prefix)


def _cleaned(text: str) -> str:
    """The pattern without ``./``, ``..``, doubled and outer slashes.

    The engine does it once as it reads the file and once as it reads a pattern: ``/!maps`` is an exception.
    """
    mark = "!" if text.startswith("!") else ""
    rest = _clean_path(text.removeprefix("!").strip(_SPACE))
    rest = rest[1:] if len(rest) > 1 and rest.startswith("/") else rest
    return _clean_path((mark + rest).strip(_SPACE))


def _clean_path(path: str) -> str:
    return re.sub("^//", "/", posixpath.normpath(path)) if path else ""


def _expression(glob: str) -> str:
    if not _SPECIAL.search(glob):
        return re.escape(glob)
    if glob.startswith("**") and not _SPECIAL.search(glob[2:]):
        # The engine compares ends here, so that ``**foo`` matches ``barfoo`` although ``**foo*`` does not.
        end = re.escape(glob[2:])
        return f"{_ANYTHING}{end}|{end[1:]}" if end.startswith("/") else _ANYTHING + end
    if glob.endswith("**") and not _SPECIAL.search(glob[:-2]):
        return re.escape(glob[:-2]) + _ANYTHING
    tokens = list(_tokens(glob))
    # Folders after folders are no more than folders, and take long to try.
    return "".join(
        token
        for token, before in zip(tokens, ["", *tokens], strict=False)
        if not token == before == _FOLDERS
    )


def _tokens(glob: str) -> Iterator[str]:
    position = 0
    while position < len(glob):
        character = glob[position]
        position += 1
        if glob.startswith("**", position - 1):
            position += 2 if glob.startswith("/", position + 1) else 1
            yield _FOLDERS if position < len(glob) else ".*"
        elif character == "*":
            yield "[^/]*"
        elif character == "?":
            yield "[^/]"
        elif character in "^|" or _REPETITION.match(glob, position - 1):
            # Beside a wildcard, the engine hands them on to Go's regular expressions.
            raise IgnoreSyntaxError(f"{character!r} needs a backslash before it")
        elif character == "[":
            token, position = _set(glob, position)
            yield token
        elif character == "\\":
            escaped, position = _escaped(glob, position)
            yield _literal(escaped)
        else:
            yield _literal(character)


def _literal(character: str) -> str:
    is_unreadable = character == "\ufffd" or "\udc80" <= character <= "\udcff"
    return _NOT_UTF8 if is_unreadable else re.escape(character)


def _set(glob: str, position: int) -> tuple[str, int]:
    """A set of characters whose ``[`` was just read, and the position after its ``]``."""
    negation = "^" if glob.startswith("^", position) else ""
    position += len(negation)
    members = ""
    while not members or not glob.startswith("]", position):
        low, position = _member(glob, position)
        high = low
        if glob.startswith("-", position):
            high, position = _member(glob, position + 1)
        if high < low:
            raise IgnoreSyntaxError(f"nothing lies between {low} and {high}")
        members += f"\\U{ord(low):08x}-\\U{ord(high):08x}"
    return f"[{negation}{members}]", position + 1


def _member(glob: str, position: int) -> tuple[str, int]:
    rest = glob[position:]
    if rest.startswith("\\"):
        member, position = _escaped(glob, position + 1)
    else:
        if rest.startswith(("-", "]", "*", "?", "[:")):
            raise IgnoreSyntaxError(f"{rest[0]!r} in [] needs a backslash before it")
        member, position = rest[:1], position + 1
    if position >= len(glob):
        raise IgnoreSyntaxError("[ is not closed by ]")
    return member, position


def _escaped(glob: str, position: int) -> tuple[str, int]:
    """What follows a backslash, and the position after it."""
    escaped = glob[position : position + 1]
    if not escaped:
        raise IgnoreSyntaxError("nothing follows the backslash")
    if escaped.isascii() and (escaped.isalnum() or escaped == "_"):
        # The engine would take \d for digits and \b for the edge of a word, and refuse \T.
        raise IgnoreSyntaxError(f"folders are separated by /, so \\{escaped} has no meaning")
    return escaped, position + 1
