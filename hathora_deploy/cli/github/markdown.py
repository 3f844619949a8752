"""Text of others within Markdown: shown as it is, whatever it may contain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from hathora_deploy.cli.terminal import harmless
from hathora_deploy.pipeline.excerpt import shortened

_SPECIAL: Final = re.compile(r"[&<>\\`*_\[\]#|~$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_MENTION: Final = re.compile(r"@|&#35;(?=\d)")
_FENCE: Final = re.compile(r"`{3,}")
_NO_BREAK: Final = "\u200b"
"""Takes no place, and parts an @ from the name that it would notify, a # from the number of an issue."""
_LONGEST_LINE: Final = 1000
"""Characters of a line that a person reads."""


def plain(text: str) -> str:
    """The text on one line, with none of its characters read as Markdown, HTML, a name or a link."""
    line = harmless(text, colours=False).replace("\n", " ")
    shown = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", line)
    return _MENTION.sub(rf"\g<0>{_NO_BREAK}", shown)


def code(text: str) -> str:
    """The text on one line, in the type of code, also within a table."""
    return f"<code>{plain(text).replace(_NO_BREAK, '')}</code>"


def block(lines: Iterable[str]) -> str:
    """Lines as they are, between fences that are longer than any of theirs; what is too long is cut."""
    text = "\n".join(shortened(harmless(line, colours=False), _LONGEST_LINE) for line in lines)
    longest = max((len(found) for found in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are Markdown: give those that others have written to ``plain`` or ``code``."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
