"""Values of every type that crosses the wire, as JSON, made from the declarations."""

from __future__ import annotations

import types
from enum import Enum, auto
from typing import IO, Any, Union, get_args, get_origin

from annotated_types import Ge
from pydantic import AwareDatetime, JsonValue
from pydantic.fields import FieldInfo

from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.api.operation import Operation
from hathora_deploy.secret import Secret
from tests.end_to_end.parity.told import Json

MOMENT = "2026-01-02T03:04:05.678Z"
UNKNOWN_FIELD = "fieldOfTheFuture"


class Extent(Enum):
    """How much of a value there is."""

    MINIMAL = auto()
    """What is required; null where that is allowed."""
    FULL = auto()
    """Every field, and two of whatever there may be several of."""
    FUTURE = auto()
    """FULL, with fields and names that nobody knows yet."""


def fields(operation: type[Operation[Any]], extent: Extent) -> dict[str, Json]:
    """The fields of a call by their names on the wire; files as text."""
    return _fields(operation, extent)


def misfit(operation: type[Operation[Any]]) -> str | None:
    """The name of a field of the body that a list of lists does not fit."""
    kinds = {
        name: operation.model_fields[field].annotation
        for name, field in operation.shape.in_body.items()
    }
    return next((name for name, kind in kinds.items() if kind != JsonValue), None)


def value(annotation: Any, extent: Extent, *, name: str = "text") -> Json:
    """A value of a type."""
    field = (
        annotation if isinstance(annotation, FieldInfo) else FieldInfo.from_annotation(annotation)
    )
    kind, origin = field.annotation, get_origin(field.annotation)
    if origin in (Union, types.UnionType):
        return _of_union(get_args(kind), extent, name)
    if origin is list:
        (item,) = get_args(kind)
        if extent is Extent.MINIMAL:
            return []
        return [value(item, extent, name=name), value(item, Extent.MINIMAL, name=name)]
    if origin is dict:
        key, item = get_args(kind)
        return {value(key, extent): value(item, extent, name=name)}
    if origin is IO:
        return f"contents of {name} ü"
    if kind is str and any(hasattr(mark, "pattern") for mark in field.metadata):
        return "a1"  # fits every pattern of the contract
    if kind is int:
        return max([7, *(int(str(mark.ge)) for mark in field.metadata if isinstance(mark, Ge))])
    return _scalar(kind, extent, name)


def _fields(model: type[Model], extent: Extent) -> dict[str, Json]:
    return {
        field.alias or name: value(field, extent, name=name)
        for name, field in model.model_fields.items()
        if field.is_required() or extent is not Extent.MINIMAL
    }


def _of_union(members: tuple[Any, ...], extent: Extent, name: str) -> Json:
    if extent is Extent.MINIMAL:
        return None if type(None) in members else value(members[0], extent, name=name)
    return value([each for each in members if each is not type(None)][-1], extent, name=name)


def _scalar(kind: Any, extent: Extent, name: str) -> Json:
    if kind in (None, type(None)):
        return None
    if kind is JsonValue:
        return {"a": [1, 2.5, None, "ü"]}
    if kind in (str, Secret):
        return f"{name} a/b?ü%20+"
    if kind is bool:
        return extent is Extent.FULL
    if kind is float:
        return 2 if extent is Extent.MINIMAL else 1.5
    if kind is AwareDatetime:
        return MOMENT
    if issubclass(kind, OpenEnum):
        return "name-of-the-future" if extent is Extent.FUTURE else list(kind)[-1].value
    if issubclass(kind, Model):
        unknown = {UNKNOWN_FIELD: {"a": [1]}} if extent is Extent.FUTURE else {}
        return {**_fields(kind, extent), **unknown}
    raise AssertionError(f"no value is known of {kind}")
