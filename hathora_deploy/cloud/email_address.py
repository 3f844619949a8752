"""Email addresses: what one looks like, and the form in which two are the same."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 254
# What HTML takes for one; of letters only ASCII, so that lower case has no surprises.
_ADDRESS: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*"
)


def canonical(text: str) -> str | None:
    """The address in lower case; None if it is none."""
    if not text.isascii() or len(text) > _LONGEST:
        return None
    lower = text.lower()
    return lower if _ADDRESS.fullmatch(lower) else None
