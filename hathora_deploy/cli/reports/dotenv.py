"""dotenv: a variable a line, as GitLab hands it on to later jobs and a shell reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
"""What means itself to whoever reads it: GitLab takes quotes as part of a value, and shells need them."""


def dotenv(values: Mapping[str, str]) -> str:
    """The lines of those that can be written; ``unwritable`` are the others."""
    left_out = unwritable(values)
    return "".join(f"{name}={value}\n" for name, value in values.items() if name not in left_out)


def unwritable(values: Mapping[str, str]) -> list[str]:
    """The names of those that one reader would take for something else than another does."""
    return [name for name, value in values.items() if not _PLAIN.fullmatch(value)]
