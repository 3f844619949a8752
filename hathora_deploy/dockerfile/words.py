"""Words of an instruction: where they end, and what ``$NAME`` in them stands for.

The rules are those of https://docs.docker.com/reference/dockerfile/#environment-replacement.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

Lookup = Callable[[str], str | None]
"""The value of a variable; None when it is not set."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+")


class WordError(ValueError):
    """A quote or brace is left open, or a substitution is unknown."""


def split_words(text: str, escape: str) -> list[str]:
    """The words of a line as written: blanks within quotes or after the escape do not end one."""
    words: list[str] = []
    word, quote, at = "", "", 0
    while at < len(text):
        character = text[at]
        if character == escape and quote != "'" and at + 1 < len(text):
            word += text[at : at + 2]
            at += 2
            continue
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character.isspace():
            if word:
                words.append(word)
            word, at = "", at + 1
            continue
        word += character
        at += 1
    return [*words, word] if word else words


def expand(word: str, lookup: Lookup, escape: str) -> str:
    """A word with its variables replaced and its quotes removed. Raises WordError."""
    return _Expansion(word, lookup, escape).until("")


def expand_variables(text: str, lookup: Lookup, escape: str) -> str:
    """A text with its variables replaced and its quotes kept: the body of a heredoc."""
    return _Expansion(text, lookup, escape).quoted("")


class _Expansion:
    """One reading of a word, from left to right."""

    def __init__(self, text: str, lookup: Lookup, escape: str) -> None:
        self._text = text
        self._lookup = lookup
        self._escape = escape
        self._at = 0

    def until(self, end: str) -> str:
        """Outside of quotes, up to the character ``end`` (or the end of the word) and past it."""
        result = ""
        while (character := self._next()) != end:
            if not character:
                raise WordError(f"{end!r} is missing in {self._text!r}")
            if character == "'":
                result += self._single_quoted()
            elif character == '"':
                result += self.quoted('"')
            elif character == "$":
                result += self._variable()
            elif character == self._escape:
                result += self._next()
            else:
                result += character
        return result

    def quoted(self, end: str) -> str:
        """Within double quotes: only quotes, ``$`` and the escape itself can be escaped."""
        result = ""
        while (character := self._next()) != end:
            if not character:
                raise WordError(f"a double quote is left open in {self._text!r}")
            if character == "$":
                result += self._variable()
            elif character == self._escape:
                following = self._next()
                is_escapable = following and following in ("$", self._escape, end)
                result += following if is_escapable else character + following
            else:
                result += character
        return result

    def _single_quoted(self) -> str:
        end = self._text.find("'", self._at)
        if end < 0:
            raise WordError(f"a single quote is left open in {self._text!r}")
        literal = self._text[self._at : end]
        self._at = end + 1
        return literal

    def _variable(self) -> str:
        is_braced = self._text.startswith("{", self._at)
        name = _NAME.match(self._text, self._at + is_braced)
        if name is None:
            if is_braced:
                raise WordError(f"a name is missing after '${{' in {self._text!r}")
            return "$"
        self._at = name.end()
        value = self._lookup(name[0])
        return self._modified(name[0], value) if is_braced else value or ""

    def _modified(self, name: str, value: str | None) -> str:
        operator = self._next()
        if operator == "}":
            return value or ""
        is_set = value is not None
        if operator == ":":
            is_set = bool(value)
            operator = self._next()
        if operator not in ("-", "+", "?"):
            raise WordError(f"${{{name}{operator}…}} is no substitution known here")
        word = self.until("}")
        if operator == "+":
            return word if is_set else ""
        if operator == "?" and not is_set:
            raise WordError(f"{name}: {word or 'not set'}")
        return (value or "") if is_set else word

    def _next(self) -> str:
        character = self._text[self._at : self._at + 1]
        self._at += 1
        return character
