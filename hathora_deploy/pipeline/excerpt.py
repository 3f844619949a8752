"""As much of a text as a place has room for."""

from __future__ import annotations


def shortened(text: str, most: int) -> str:
    """All of it, or the beginning and an ellipsis: ``most`` characters at most."""
    return text if len(text) <= most else text[: most - 1] + "…"
