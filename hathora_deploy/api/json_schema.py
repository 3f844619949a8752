"""Fields, models and enumerations as JSON Schema, in the form they have on the wire."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from datetime import datetime
from types import ModuleType
from typing import IO, Any, Final

from hathora_deploy.api.fields import Field, Kind, Limits, ListOf, MapOf, OneOf, Scalar, fields_of
from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.secret import Secret

Schema = dict[str, Any]

BINARY: Final[Schema] = {
    "type": "string",
    "format": "binary",
    "contentMediaType": "application/octet-stream",
}
_SCALARS: Final[dict[type[Any], Schema]] = {
    str: {"type": "string"},
    Secret: {"type": "string", "format": "password"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time"},
    IO: BINARY,
    object: {},
}


class Components:
    """Schemas that refer to models and enumerations, which are gathered on the way by their names."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self._names: dict[type[Any], str] = {}

    def of_fields(self, fields: Iterable[Field], *, is_request: bool = False) -> Schema:
        """An object. Of a request, the secrets are never sent back."""
        schema: Schema = {"type": "object", "properties": {}}
        for field in fields:
            found = self.of_field(field)
            if is_request and field.kind == Scalar(Secret):
                found["writeOnly"] = True
            schema["properties"][field.wire_name] = found
            if field.is_required:
                schema.setdefault("required", []).append(field.wire_name)
        return schema

    def of_field(self, field: Field) -> Schema:
        """Left out is not null: an optional field has no null, a nullable one has no default."""
        schema = self.of_kind(field.kind)
        if field.is_nullable:
            return _or_null(schema)
        if field.default not in (None, ""):
            schema["default"] = field.default
        return schema

    def of_kind(self, kind: Kind) -> Schema:
        match kind:
            case OneOf(members=members):
                return {"anyOf": [self.of_kind(member) for member in members]}
            case ListOf(item=item, limits=limits):
                schema = {"type": "array", "items": self.of_kind(item)}
                return schema | _bounds(minItems=limits.min_length, maxItems=limits.max_length)
            case MapOf(value=value):
                return {"type": "object", "additionalProperties": self.of_kind(value)}
            case Scalar(type=found, limits=limits):
                if issubclass(found, Model | OpenEnum):
                    return {"$ref": f"#/components/schemas/{self._component(found)}"}
                return _SCALARS[found] | _limits(limits)

    def _component(self, found: type[Model] | type[OpenEnum]) -> str:
        if found not in self._names:
            # An old model may bear the name of the one that took its place.
            taken = found.__name__ in self.schemas
            name = f"Deprecated{found.__name__}" if taken else found.__name__
            self._names[found] = name
            self.schemas[name] = {}  # its place, while what it is made of is gathered
            self.schemas[name] |= self._described(found)
        return self._names[found]

    def _described(self, found: type[Model] | type[OpenEnum]) -> Schema:
        if issubclass(found, OpenEnum):
            schema: Schema = {"type": "string", "enum": [str(member) for member in found]}
        else:
            schema = self.of_fields(fields_of(found))
        return schema | {"description": words_of(found)}


def words_of(declared: type[Any] | ModuleType) -> str:
    """The docstring, as Markdown."""
    return inspect.cleandoc(declared.__doc__ or "").replace("``", "`")


def _or_null(schema: Schema) -> Schema:
    if "type" in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _limits(limits: Limits) -> Schema:
    return _bounds(
        minimum=limits.least,
        maximum=limits.most,
        minLength=limits.min_length,
        maxLength=limits.max_length,
        pattern=limits.pattern,
    )


def _bounds(**bounds: int | str | None) -> Schema:
    return {name: bound for name, bound in bounds.items() if bound is not None}
