"""A call as the audit log tells of it: who was to change what. Never a value, which may be a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hathora_deploy.api.leases import RenewLease
from hathora_deploy.api.model import Model, wire_name
from hathora_deploy.api.operation import Auth, Operation, Shape

_REFUSALS: Final = frozenset({401, 403, 404})
_LONGEST: Final = 200
"""Characters of an id: what is no id may be of any length."""
_IDS: Final = ("_id", "_email")
_KEEPS: Final = frozenset({RenewLease})
"""They are called again and again, and change nothing while they succeed."""


@dataclass
class Attempt:
    """A call, as far as it has come."""

    shape: Shape
    path: Mapping[str, str]
    """The ids in its path, as they were sent."""
    request_id: str
    at: datetime
    caller: str
    is_authorized: bool = False
    """Whether the caller is known, and may call this."""
    org_ids: list[str] = field(default_factory=list)
    """The organizations that the caller belongs to, and may do this in."""
    operation: Operation[Any] | None = None
    """None until it was decoded."""
    result: Any = None

    def is_told(self, status: int) -> bool:
        """Whether it has changed something, may have, or tried to where it had no business."""
        if self.shape.method == "GET" or self.shape.auth is Auth.NONE:
            return False  # a login makes nothing that the cloud keeps
        is_change = status < 400 and self.shape.operation not in _KEEPS
        return is_change or status in _REFUSALS or status >= 500

    @property
    def subject(self) -> dict[str, str]:
        """Ids of what it was about and of what it made, by their names on the wire."""
        found = dict(self.path)
        for value in (self.operation, self.result):
            if isinstance(value, Model):
                found.update(_ids(value))
        return {name: value[:_LONGEST] for name, value in found.items()}


def _ids(value: Model, *, is_inside: bool = False) -> Iterator[tuple[str, str]]:
    for name in type(value).model_fields:
        found = getattr(value, name)
        if isinstance(found, str) and name.endswith(_IDS):
            yield wire_name(name), found
        elif isinstance(found, Model) and not is_inside:
            yield from _ids(found, is_inside=True)
