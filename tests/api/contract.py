"""Compares what is declared with the contract as data, and says every difference."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from typing import Any, Union, get_args, get_origin

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from hathora_deploy.api.model import Model, OpenEnum, wire_name
from hathora_deploy.api.operation import FROM_CLIENT, Auth, ByteStream, Operation
from hathora_deploy.secret import Secret

Json = Mapping[str, Any]
AUTH = {Auth.ORGANIZATION: "hathoraDevToken", Auth.PLAYER: "playerAuth", Auth.NONE: "none"}
SCALARS = {str: {"string"}, Secret: {"string"}, bool: {"boolean"}, AwareDatetime: {"datetime"}}
NUMBERS = {int: {"integer", "number"}, float: {"number"}}


class Comparison:
    """Operations against the contract's operations and schemas."""

    def __init__(self, schemas: Mapping[str, Json]) -> None:
        self._schemas = schemas

    def of_operation(self, operation: type[Operation[Any]], told: Json) -> Iterator[str]:
        """Every difference between a declaration and what the contract tells."""
        shape = operation.shape
        where = told["id"]
        declared = {
            "id": operation.__name__,
            "method": shape.method,
            "path": shape.path,
            "status": shape.status,
            "auth": AUTH[shape.auth],
            "errors": list(shape.errors),
        }
        expected = {
            **{key: told[key] for key in ("id", "method", "path", "auth")},
            "status": told["response"]["status"],
            "errors": told["error_statuses"],
        }
        for key, value in declared.items():
            if value != expected[key]:
                yield f"{where}: {key} is {value!r}, not {expected[key]!r}"
        yield from self._of_fields(
            f"{where} path", _fields(operation, shape.in_path), told["path_params"]
        )
        yield from self._of_fields(
            f"{where} query", _fields(operation, shape.in_query), told["query_params"]
        )
        body = told["request_body"]
        fields = self._schemas[_name(body["schema"])]["fields"] if body else {}
        yield from self._of_fields(f"{where} body", _fields(operation, shape.in_body), fields)
        yield from self._of_result(f"{where} result", shape.result, told["response"].get("schema"))

    def _of_result(self, where: str, result: Any, told: str | None) -> Iterator[str]:
        if told is None or told == "stream":
            expected = None if told is None else ByteStream
            if result is not expected:
                yield f"{where}: is {result!r}, not {expected!r}"
        else:
            yield from self._of_type(where, result, told)

    def _of_fields(
        self, where: str, declared: Mapping[str, FieldInfo], told: Mapping[str, Json]
    ) -> Iterator[str]:
        for name in declared.keys() - told.keys():
            yield f"{where}.{name}: is not in the contract"
        for name in told.keys() - declared.keys():
            yield f"{where}.{name}: is not declared"
        for name in declared.keys() & told.keys():
            yield from self._of_field(f"{where}.{name}", declared[name], told[name])

    def _of_field(self, where: str, field: FieldInfo, told: Json) -> Iterator[str]:
        filled_in = field.default == FROM_CLIENT and told.get("global") == "appId"
        if field.is_required() != told["required"] and not filled_in:
            yield f"{where}: required is {field.is_required()}, not {told['required']}"
        members = _members(field.annotation)
        nullable = None in members
        # An optional field is None when it is absent, whether or not it may be null as well.
        if field.is_required() and nullable != told.get("nullable", False):
            yield f"{where}: nullable is {nullable}, not {not nullable}"
        if not field.is_required() and not filled_in and field.default != told.get("default"):
            yield f"{where}: default is {field.default!r}, not {told.get('default')!r}"
        yield from self._of_type(where, field.annotation, told["type"])

    def _of_type(self, where: str, annotation: Any, told: str) -> Iterator[str]:
        members = [member for member in _members(annotation) if member is not None]
        if union := re.fullmatch(r"union<(.*)>", told):
            options = union[1].split("|")
            for member in members:
                if not any(self._fits(member, option) for option in options):
                    yield f"{where}: {member} is none of {options}"
            for option in options:
                if not any(self._fits(member, option) for member in members):
                    yield f"{where}: {option} is none of {members}"
        elif len(members) != 1:
            yield f"{where}: is a union, not {told}"
        else:
            yield from self._of_one_type(where, members[0], told)

    def _fits(self, annotation: Any, told: str) -> bool:
        return not any(self._of_type("", annotation, told))

    def _of_one_type(self, where: str, kind: Any, told: str) -> Iterator[str]:
        schema = self._schemas[_name(told)] if told.startswith("Ref:") else {}
        if array := re.fullmatch(r"array<(.*)>", told):
            if get_origin(kind) is list:
                yield from self._of_type(f"{where}[]", get_args(kind)[0], array[1])
            else:
                yield f"{where}: {kind} is not an array"
        elif "fields" in schema:
            if isinstance(kind, type) and issubclass(kind, Model):
                fields = {wire_name(name): field for name, field in kind.model_fields.items()}
                yield from self._of_fields(where, fields, schema["fields"])
            else:
                yield f"{where}: {kind} is not an object"
        elif "enum" in schema:
            listed = list(kind) if isinstance(kind, type) and issubclass(kind, OpenEnum) else kind
            if listed != schema["enum"]:
                yield f"{where}: {listed} is not {schema['enum']}"
        elif told not in (SCALARS | NUMBERS).get(kind, set()):
            yield f"{where}: {kind} is not {told}"


def _fields(operation: type[Operation[Any]], names: Mapping[str, str]) -> dict[str, FieldInfo]:
    return {name: operation.model_fields[field] for name, field in names.items()}


def _members(annotation: Any) -> list[Any]:
    """The types of a union, without their limits; None stands for null."""
    if not isinstance(annotation, type):
        annotation = FieldInfo.from_annotation(annotation).annotation
    if get_origin(annotation) in (Union, types.UnionType):
        return [member for option in get_args(annotation) for member in _members(option)]
    return [None if annotation is type(None) else annotation]


def _name(reference: str) -> str:
    return reference.removeprefix("Ref:")
