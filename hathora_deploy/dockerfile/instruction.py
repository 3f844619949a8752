"""Instructions: a keyword, its flags and its arguments, with their variables replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hathora_deploy.dockerfile.errors import DockerfileError
from hathora_deploy.dockerfile.lines import LogicalLine
from hathora_deploy.dockerfile.words import (
    Lookup,
    WordError,
    expand,
    expand_variables,
    split_words,
)

_FLAG: Final = re.compile(r"--(?P<name>[a-z][a-z-]*)(=(?P<value>.*))?", re.DOTALL)
_COMMANDS: Final = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL"})
_PATHS: Final = frozenset({"ADD", "COPY", "VOLUME"})
_PAIRS: Final = frozenset({"ENV", "LABEL"})
_TEXTS: Final = frozenset({"WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER", "ONBUILD", "HEALTHCHECK"})
_WORDS: Final = frozenset({"FROM", "ARG", "EXPOSE"})
_KEYWORDS: Final = _COMMANDS | _PATHS | _PAIRS | _TEXTS | _WORDS
_FLAGGED: Final = frozenset({"FROM", "ADD", "COPY", "RUN", "HEALTHCHECK"})
_VERBATIM: Final = _COMMANDS | {"ONBUILD", "HEALTHCHECK", "MAINTAINER"}
"""Their text is left to the shell, or to nobody: variables in it are not replaced."""


@dataclass(frozen=True)
class Heredoc:
    """A file that stands in the Dockerfile itself; ``word`` is its place among the arguments."""

    word: str
    name: str
    content: str


@dataclass(frozen=True)
class Instruction:
    """An instruction, ready to be carried out."""

    keyword: str
    line: int
    text: str
    """As written, on one line."""
    arguments: tuple[str, ...]
    """``NAME=value`` for ENV and LABEL; the command line as one text for commands in shell form."""
    flags: Mapping[str, str]
    is_json: bool = False
    """Written as a JSON array: for a command, that no shell is wanted."""
    heredocs: tuple[Heredoc, ...] = ()


def read_instruction(line: LogicalLine, lookup: Lookup, escape: str) -> Instruction:
    """The instruction on a line. Raises DockerfileError."""
    written, _, rest = re.sub(r"\s", " ", line.text, count=1).partition(" ")
    keyword, rest = written.upper(), rest.strip()
    if keyword not in _KEYWORDS:
        raise DockerfileError(line.number, f"{written} is no instruction")
    flags, rest = _flags(rest, escape) if keyword in _FLAGGED else ({}, rest)
    if not rest:
        raise DockerfileError(line.number, f"{keyword} needs an argument")
    listed = _json_list(rest) if keyword in _COMMANDS | _PATHS else None
    if keyword == "SHELL" and not listed:
        raise DockerfileError(line.number, 'SHELL needs a JSON array: ["/bin/sh", "-c"]')
    try:
        arguments = listed if listed is not None else _arguments(keyword, rest, escape)
        if keyword not in _VERBATIM:
            arguments = _expanded(keyword, arguments, lookup, escape)
            flags = {name: expand(value, lookup, escape) for name, value in flags.items()}
        heredocs = tuple(
            Heredoc(
                heredoc.word,
                heredoc.name,
                heredoc.text
                if heredoc.is_literal
                else expand_variables(heredoc.text, lookup, escape),
            )
            for heredoc in (line.heredocs if keyword in ("ADD", "COPY") else ())
        )
    except WordError as error:
        raise DockerfileError(line.number, str(error)) from None
    return Instruction(
        keyword, line.number, line.text, tuple(arguments), flags, listed is not None, heredocs
    )


def _flags(rest: str, escape: str) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    for word in split_words(rest, escape):
        match = _FLAG.fullmatch(word)
        if match is None:
            break
        flags[match["name"]] = match["value"] or ""
        rest = rest.removeprefix(word).lstrip()
    return flags, rest


def _json_list(rest: str) -> list[str] | None:
    try:
        value = json.loads(rest)
    except ValueError:
        return None  # shell form that begins with a bracket: Docker reads it so too
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return None


def _arguments(keyword: str, rest: str, escape: str) -> list[str]:
    if keyword in _COMMANDS | _TEXTS:
        return [rest]
    if keyword in _PAIRS:
        words = split_words(rest, escape)
        if "=" in words[0]:
            return words
        name, _, value = re.sub(r"\s+", " ", rest, count=1).partition(" ")
        if not value:
            raise WordError(f"{keyword} {name} has no value: write {keyword} {name}=value")
        return [f"{name}={value}"]
    return split_words(rest, escape) if keyword == "ARG" else rest.split()


def _expanded(keyword: str, words: list[str], lookup: Lookup, escape: str) -> list[str]:
    expanded: list[str] = []
    for word in words:
        if keyword in _PAIRS:
            name, equals, value = word.partition("=")
            if not name or not equals:
                raise WordError(f"{word!r} is not of the form NAME=value")
            expanded.append(f"{expand(name, lookup, escape)}={expand(value, lookup, escape)}")
        elif keyword == "EXPOSE":
            expanded += expand(word, lookup, escape).split()
        elif word.startswith("<<"):
            expanded.append(word)
        else:
            expanded.append(expand(word, lookup, escape))
    return expanded
