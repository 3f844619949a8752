"""Lines by which a program speaks to the runner of a workflow, and text by which it does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SPEAKS: Final = re.compile(r"^(?P<before>\W*?)::", re.MULTILINE)


def workflow_command(
    name: str, message: str = "", properties: Mapping[str, str] | None = None
) -> str:
    """The line of a command; a property that is empty is left out."""
    given = {key: _property(value) for key, value in (properties or {}).items() if value}
    named = ",".join(f"{key}={value}" for key, value in given.items())
    return f"::{name}{' ' if named else ''}{named}::{_data(message)}"


def speechless(text: str) -> str:
    """The text, as near to what it was as can be, but no command in any of its lines.

    Besides those that begin with ``::`` a runner obeys the old ones, ``##[…]``, anywhere in a line.
    """
    return _SPEAKS.sub(r"\g<before>: :", text).replace("##[", "## [")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
