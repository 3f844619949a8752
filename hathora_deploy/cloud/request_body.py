"""The body of a call: how large it may be, and from whom, and all of it."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.api.imports import ImportApp
from hathora_deploy.api.operation import Auth, Shape

LARGEST_BODY: Final = 4 * 1024 * 1024
"""Bytes of JSON: a hundred variables of 5,000 characters, several times over."""
LARGEST_IMPORT: Final = 64 * 1024 * 1024
"""Bytes of JSON of an application with all it has ever deployed."""
LARGE_AT_ONCE: Final = 2
"""Bodies of one caller that are larger than strangers may send."""
LARGEST_OF_STRANGERS: Final = 64 * 1024
"""Bytes of JSON that are read before it is known who sends them."""


def may_be_large(request: Request) -> bool:
    """Whether more is to come than strangers may send, by what the request says."""
    headers = request.headers
    size = headers.get("content-length", "0" if "transfer-encoding" not in headers else "")
    return not size.isdecimal() or int(size) > LARGEST_OF_STRANGERS


async def read_body(request: Request, shape: Shape) -> bytes:
    """All of it. Raises UnprocessableEntity for one that is larger than this operation takes."""
    largest = LARGEST_IMPORT if shape.operation is ImportApp else LARGEST_BODY
    if shape.auth is Auth.NONE:
        largest = LARGEST_OF_STRANGERS
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > largest:
            raise UnprocessableEntity(f"the request's body is larger than {largest} bytes")
    return bytes(body)
