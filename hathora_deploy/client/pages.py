"""Answers that come a page at a time."""

from __future__ import annotations

from typing import Any, Protocol

from hathora_deploy.api.errors import UnexpectedAnswer
from hathora_deploy.api.operation import Operation


class Page(Protocol):
    """An answer that says how to ask for the next; the last says nothing."""

    @property
    def next_page_token(self) -> str | None: ...


def next_page(operation: Operation[Any], page: Page) -> Operation[Any] | None:
    """What asks for the page after this one; None after the last."""
    token = page.next_page_token
    if not token:
        return None
    if token == getattr(operation, "next_page_token", None):
        error = UnexpectedAnswer("the answer leads back to the page that it is")
        error.operation = type(operation).__name__
        raise error
    return operation.model_copy(update={"next_page_token": token})
