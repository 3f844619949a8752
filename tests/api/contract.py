"""Compares what is declared with the contract as data, and says every difference."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from typing import IO, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, JsonValue
from pydantic.fields import FieldInfo

from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.api.operation import FROM_CLIENT, Auth, ByteStream, Operation, Shape, TextStream
from hathora_deploy.secret import Secret

Json = Mapping[str, Any]
AUTH = {Auth.ORGANIZATION: "hathoraDevToken", Auth.PLAYER: "playerAuth", Auth.NONE: "none"}
SCALARS = {
    str: {"string"},
    Secret: {"string"},
    bool: {"boolean"},
    AwareDatetime: {"datetime"},
    JsonValue: {"any"},
}
NUMBERS = {int: {"integer", "number"}, float: {"number"}}
NOT_JSON = {
    (None, None): None,
    ("application/octet-stream", "stream"): ByteStream,
    ("text/plain", "string"): TextStream,
}


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
        yield from self._of_body(f"{where} body", shape, told["request_body"])
        yield from self._of_result(f"{where} result", shape.result, told["response"])

    def _of_body(self, where: str, shape: Shape, told: Json | None) -> Iterator[str]:
        is_form = told is not None and told["content_type"] == "multipart/form-data"
        fields = self._schemas[_name(told["schema"])]["fields"] if told else {}
        for names, listed in (
            (shape.in_body, {} if is_form else fields),
            (shape.in_form, fields if is_form else {}),
        ):
            yield from self._of_fields(where, _fields(shape.operation, names), listed)

    def _of_result(self, where: str, result: Any, told: Json) -> Iterator[str]:
        content = told.get("content_type"), told.get("schema")
        if content[0] == "application/json":
            yield from self._of_type(where, result, told["schema"])
        elif content not in NOT_JSON or result is not NOT_JSON[content]:
            yield f"{where}: is {result!r}, not {content}"

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
        if options := self._options(told):
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

    def _options(self, told: str) -> list[str]:
        """The members of a union; a file is one, of its bytes and of its bytes with a name."""
        if union := re.fullmatch(r"union<(.*)>", told):
            named = union[1].split("|")
            return ["binary"] if "binary" in named else named
        schema = self._schemas.get(_name(told), {})
        return list(schema.get("union", []))

    def _fits(self, annotation: Any, told: str) -> bool:
        return not any(self._of_type("", annotation, told))

    def _of_one_type(self, where: str, kind: Any, told: str) -> Iterator[str]:
        schema = self._schemas[_name(told)] if told.startswith("Ref:") else {}
        if array := re.fullmatch(r"array<(.*)>", told):
            if get_origin(kind) is list:
                yield from self._of_type(f"{where}[]", get_args(kind)[0], array[1])
            else:
                yield f"{where}: {kind} is not an array"
        elif get_origin(kind) is dict:
            key, value = get_args(kind)
            yield from self._of_record(where, key, value, schema.get("fields", {}))
        elif get_origin(kind) is IO:
            if told != "binary":
                yield f"{where}: is a file, not {told}"
        elif "fields" in schema:
            if isinstance(kind, type) and issubclass(kind, Model):
                fields = {field.alias or name: field for name, field in kind.model_fields.items()}
                yield from self._of_fields(where, fields, schema["fields"])
            else:
                yield f"{where}: {kind} is not an object"
        elif "enum" in schema:
            listed = list(kind) if isinstance(kind, type) and issubclass(kind, OpenEnum) else kind
            if listed != schema["enum"]:
                yield f"{where}: {listed} is not {schema['enum']}"
        elif told not in (SCALARS | NUMBERS).get(kind, set()):
            yield f"{where}: {kind} is not {told}"

    def _of_record(
        self, where: str, key: type[OpenEnum], value: Any, told: Mapping[str, Json]
    ) -> Iterator[str]:
        """A dictionary, which the contract tells as a schema with a field for each key."""
        if list(key) != list(told):
            yield f"{where}: {list(key)} is not {list(told)}"
        for name, field in told.items():
            if field["required"]:
                yield f"{where}.{name}: is required"
            yield from self._of_type(f"{where}.{name}", value, field["type"])


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
