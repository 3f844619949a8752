"""The fields of operations and models as values, for whoever describes them or reads them from text."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin

from annotated_types import Ge, Interval, Le, MaxLen, MinLen
from pydantic import AwareDatetime, JsonValue
from pydantic.fields import FieldInfo

from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.api.operation import Operation


@dataclass(frozen=True)
class Limits:
    """What a value may be, beyond its type; lengths are of texts and of lists."""

    least: int | None = None
    most: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class Scalar:
    """A text, a number, a moment, an enumeration, a model or a file; ``object`` is any JSON."""

    type: type[Any]
    limits: Limits = Limits()


@dataclass(frozen=True)
class ListOf:
    """A list."""

    item: Kind
    limits: Limits = Limits()


@dataclass(frozen=True)
class MapOf:
    """Values by the names of something."""

    value: Kind


@dataclass(frozen=True)
class OneOf:
    """A value of one of several kinds."""

    members: tuple[Kind, ...]


Kind = Scalar | ListOf | MapOf | OneOf


class Place(Enum):
    """Where a field of an operation travels."""

    PATH = "path"
    QUERY = "query"
    BODY = "body"
    FORM = "form"


@dataclass(frozen=True)
class Field:
    """A field: its names in Python and on the wire, and what its value may be."""

    name: str
    wire_name: str
    kind: Kind
    is_required: bool
    is_nullable: bool
    default: Any = None
    """What is sent where it is left out; None and the empty text are nothing."""


def fields_of(model: type[Model]) -> tuple[Field, ...]:
    """The fields of a model or an operation, in the order of their declaration."""
    return tuple(
        Field(
            name=name,
            wire_name=info.alias or name,
            kind=kind_of(info),
            is_required=info.is_required(),
            is_nullable=info.is_required() and _is_nullable(info.annotation),
            default=None if info.is_required() else info.default,
        )
        for name, info in model.model_fields.items()
    )


def place_of(operation: type[Operation[Any]], field: Field) -> Place:
    """Where a field of an operation travels."""
    shape = operation.shape
    if field.wire_name in shape.in_path:
        return Place.PATH
    if field.wire_name in shape.in_query:
        return Place.QUERY
    return Place.FORM if field.wire_name in shape.in_form else Place.BODY


def kind_of(annotation: Any) -> Kind:
    """The kind of an annotation. That it may be None is not part of it."""
    info = (
        annotation if isinstance(annotation, FieldInfo) else FieldInfo.from_annotation(annotation)
    )
    kind: Any = info.annotation
    limits = limits_of(info.metadata)
    if kind is JsonValue:
        return Scalar(object)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        members = tuple(kind_of(each) for each in get_args(kind) if each is not type(None))
        return members[0] if len(members) == 1 else OneOf(members)
    if origin is list:
        return ListOf(kind_of(get_args(kind)[0]), limits)
    if origin is dict:
        return MapOf(kind_of(get_args(kind)[1]))
    if kind is AwareDatetime:
        return Scalar(datetime)
    return Scalar(origin or kind, limits)


def types_of(kind: Kind) -> tuple[type[Any], ...]:
    """The types that a kind is made of."""
    match kind:
        case Scalar(type=found):
            return (found,)
        case ListOf(item=inner) | MapOf(value=inner):
            return types_of(inner)
        case OneOf(members=members):
            return tuple(found for member in members for found in types_of(member))


def enums_of(kind: Kind) -> tuple[type[OpenEnum], ...]:
    """The enumerations that a kind is made of."""
    return tuple(found for found in types_of(kind) if issubclass(found, OpenEnum))


def models_of(kind: Kind) -> tuple[type[Model], ...]:
    """The models that a kind is made of."""
    return tuple(found for found in types_of(kind) if issubclass(found, Model))


def limits_in_words(kind: Kind) -> str | None:
    """``1 to 65535``; ``at most 64 characters, ^[a-z0-9-]+$``."""
    match kind:
        case OneOf() | MapOf():
            return None
        case ListOf(limits=limits):
            words = [_span(limits.min_length, limits.max_length, " items")]
        case Scalar(limits=limits):
            words = [
                _span(limits.least, limits.most, ""),
                _span(limits.min_length, limits.max_length, " characters"),
                limits.pattern,
            ]
    return ", ".join(word for word in words if word) or None


def _span(least: int | None, most: int | None, unit: str) -> str | None:
    if least is not None and most is not None:
        return f"{least} to {most}{unit}"
    if most is not None:
        return f"at most {most}{unit}"
    return f"at least {least}{unit}" if least is not None else None


def _is_nullable(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


def limits_of(metadata: Iterable[Any]) -> Limits:
    """The limits that the marks of an annotation set."""
    found: dict[str, Any] = {}
    for mark in metadata:
        match mark:
            case MinLen(min_length=length):
                found["min_length"] = length
            case MaxLen(max_length=length):
                found["max_length"] = length
            case Ge(ge=bound):
                found["least"] = bound
            case Le(le=bound):
                found["most"] = bound
            case Interval(ge=least, le=most):
                found |= {"least": least, "most": most}
            case _ if pattern := getattr(mark, "pattern", None):
                found["pattern"] = pattern
    return Limits(**found)
