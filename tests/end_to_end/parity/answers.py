"""Answers that a cloud may give to an operation, and that no cloud can be brought to give on demand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from hathora_deploy.api.operation import Shape
from tests.end_to_end.parity.samples import Extent, value
from tests.end_to_end.parity.told import Json

JSON = "application/json"
UNLISTED = (403, 418, 503)
"""Statuses that no operation lists."""


@dataclass(frozen=True)
class Answer:
    """An answer and, for who reads a failure, what it is."""

    name: str
    status: int
    body: bytes = b""
    media_type: str | None = JSON


def answers(shape: Shape) -> Iterator[Answer]:
    """Everything that the contract lists for an operation, and what networks make of it."""
    yield from _successes(shape)
    message = json.dumps({"message": "because ü"}).encode()
    for status in (*shape.errors, *UNLISTED):
        yield Answer(f"{status}", status, message)
    for status in (*shape.errors[:1], 599):
        yield Answer(f"{status} with a charset", status, message, f"{JSON}; charset=utf-8")
        yield Answer(f"{status} without a message", status, b'{"error":"because"}')
        yield Answer(f"{status} as HTML", status, b"<html>because</html>", "text/html")
        yield Answer(f"{status} as malformed JSON", status, b'{"message":')
        yield Answer(f"{status} without a body", status, b"", None)


def _successes(shape: Shape) -> Iterator[Answer]:
    status, other = shape.status, 202
    if shape.result in (None, type(None)):
        yield Answer("success", status, media_type=None)
        yield Answer("another success", other, media_type=None)
    elif shape.is_stream:
        text = "first line\nü\n".encode()
        yield Answer("success", status, text, shape.media_type)
        yield Answer("success without a line", status, b"", shape.media_type)
        yield Answer("success without a type", status, text, None)
        yield Answer("success of another type", status, text, "text/html")
        yield Answer("another success", other, text, shape.media_type)
    else:
        full = _json(value(shape.result, Extent.FULL))
        yield Answer("success in full", status, full)
        yield Answer("success with a charset", status, full, f"{JSON}; charset=utf-8")
        yield Answer("minimal success", status, _json(value(shape.result, Extent.MINIMAL)))
        yield Answer("success of the future", status, _json(value(shape.result, Extent.FUTURE)))
        yield Answer("success without a type", status, full, None)
        yield Answer("success of another type", status, full, "text/html")
        yield Answer("another success", other, full)
        yield Answer("malformed success", status, full[:-1] or b"{")
        yield Answer("success that does not fit", status, b"[[]]")
        yield Answer("success without a body", status, b"")


def _json(sample: Json) -> bytes:
    return json.dumps(sample, ensure_ascii=False).encode()
