"""The forms in which a secret may show itself."""

from __future__ import annotations

import base64
import json
from typing import Final
from urllib.parse import quote, urlsplit

_LEAST: Final = 6
"""Characters: to cover what is shorter would make a log unreadable, and hide nothing."""
_URL_SAFE: Final = str.maketrans("+/", "-_")


def forms_of(secret: str) -> tuple[str, ...]:
    """The secret, each line of it, and both as base64, URLs and JSON write them."""
    texts = dict.fromkeys([secret, *secret.splitlines()])
    forms = [form for text in texts for form in (text, *_written(text))]
    return tuple(dict.fromkeys(form for form in forms if len(form.strip()) >= _LEAST))


def forms_of_url(url: str) -> tuple[str, ...]:
    """What makes a presigned URL one: all that follows the question mark."""
    query = urlsplit(url).query
    return (query,) if len(query) >= _LEAST else ()


def _written(text: str) -> tuple[str, ...]:
    # A variable may hold what is no UTF-8.
    data = text.encode(errors="surrogateescape")
    return quote(data, safe=""), json.dumps(text)[1:-1], *_within_base64(data)


def _within_base64(data: bytes) -> tuple[str, ...]:
    """Base64 takes three bytes at a time: what it makes of these depends on where they begin."""
    found: list[str] = []
    for before, shared in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(b"\0" * before + data).decode()
        # The characters at the ends also depend on what stands beside it.
        own = text[shared : -4 if text.endswith("=") else None]
        found += [own, own.translate(_URL_SAFE)]
    return tuple(form for form in found if len(form) >= _LEAST)
