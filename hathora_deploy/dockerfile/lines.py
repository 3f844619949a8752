"""From text to logical lines: directives read, comments dropped, continuations joined, heredocs set apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hathora_deploy.dockerfile.errors import DockerfileError
from hathora_deploy.dockerfile.words import split_words

_DIRECTIVE: Final = re.compile(r"#\s*(syntax|escape|check)\s*=\s*(.+?)\s*", re.IGNORECASE)
_HEREDOC: Final = re.compile(r"\d*<<(?P<dash>-?)(?P<quote>['\"]?)(?P<name>[^<'\"]+)(?P=quote)")
_HEREDOC_KEYWORDS: Final = frozenset({"ADD", "COPY", "RUN"})


@dataclass(frozen=True)
class HeredocText:
    """The lines between ``<<NAME`` and ``NAME``, as written."""

    word: str
    name: str
    text: str
    is_literal: bool
    """Quoted in the Dockerfile, so that ``$`` has no meaning in it."""


@dataclass(frozen=True)
class LogicalLine:
    """An instruction as written, on one line."""

    number: int
    text: str
    heredocs: tuple[HeredocText, ...]


def read_escape(text: str) -> str:
    r"""The escape character that the directives at the top name: ``\`` or a backtick."""
    seen: dict[str, str] = {}
    for number, line in enumerate(_physical_lines(text), start=1):
        directive = _DIRECTIVE.fullmatch(line.strip())
        if directive is None:
            break
        name = directive[1].lower()
        if name in seen:
            raise DockerfileError(number, f"the directive {name} is given twice")
        seen[name] = directive[2]
        if name == "escape" and directive[2] not in ("\\", "`"):
            raise DockerfileError(number, f"the escape character is \\ or `, not {directive[2]!r}")
    return seen.get("escape", "\\")


def logical_lines(text: str, escape: str) -> Iterator[LogicalLine]:
    """Each instruction with the number of its first line. Raises DockerfileError."""
    continuation = re.compile(re.escape(escape) + r"[ \t]*$")
    lines = enumerate(_physical_lines(text), start=1)
    joined, first = "", 0
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        first = first or number
        joined += line if joined else line.lstrip()
        if continuation.search(joined):
            joined = continuation.sub("", joined)
            continue
        yield _with_heredocs(joined.strip(), first, lines, escape)
        joined, first = "", 0
    if joined.strip():
        yield _with_heredocs(joined.strip(), first, lines, escape)


def _with_heredocs(
    text: str, number: int, following: Iterator[tuple[int, str]], escape: str
) -> LogicalLine:
    keyword, _, rest = text.partition(" ")
    heredocs: list[HeredocText] = []
    if keyword.upper() in _HEREDOC_KEYWORDS and not rest.lstrip().startswith("["):
        for word in split_words(rest, escape):
            if start := _HEREDOC.fullmatch(word):
                heredocs.append(_heredoc(word, start, number, following))
    return LogicalLine(number, text, tuple(heredocs))


def _heredoc(
    word: str, start: re.Match[str], number: int, following: Iterator[tuple[int, str]]
) -> HeredocText:
    body = ""
    for _, line in following:
        line = line.lstrip("\t") if start["dash"] else line
        if line == start["name"]:
            return HeredocText(word, start["name"], body, is_literal=bool(start["quote"]))
        body += line + "\n"
    raise DockerfileError(number, f"the end {start['name']!r} of the heredoc is missing")


def _physical_lines(text: str) -> list[str]:
    # Not splitlines(): a form feed or U+2028 within a value is no end of line.
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
