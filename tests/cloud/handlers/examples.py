"""A value for each field of the contract, such that a call with them makes sense."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, datetime
from typing import Any

from hathora_deploy.api.fields import Kind, ListOf, OneOf, Scalar, fields_of
from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.secret import Secret

GOOD_VALUES = {
    "requestedCPU": 0.5,
    "requestedMemoryMB": 1024.0,
    "containerPort": 7777,
    "returnUrl": "https://example.com/",
}
"""Where the contract allows what this cloud refuses."""


def example_of(name: str, kind: Kind) -> Any:
    """A value of a kind, for a field of that name on the wire; no more of it than is required."""
    if name in GOOD_VALUES:
        return GOOD_VALUES[name]
    match kind:
        case OneOf(members=several):
            return example_of("", several[0])
        case ListOf(item=item, limits=limits):
            return [example_of("", item)] * (limits.min_length or 0)
        case Scalar(type=type_, limits=limits):
            return _scalar(type_, least=limits.least or 1)


def _scalar(type_: type[Any], *, least: int) -> Any:
    if issubclass(type_, OpenEnum):
        return next(iter(type_))
    if issubclass(type_, Model):
        required = [field for field in fields_of(type_) if field.is_required]
        return type_(**{field.name: example_of(field.wire_name, field.kind) for field in required})
    if type_ in (str, Secret):
        # Fits every pattern of the contract, and names nothing that there is already.
        return type_(f"a{uuid.uuid4().hex}")
    if type_ in (int, float):
        return type_(least)
    if type_ is bool:
        return False
    if type_ is object:
        return {}
    if type_ is datetime:
        return datetime(2026, 1, 2, tzinfo=UTC)
    return io.BytesIO(b"an archive")
