"""Compares an OpenAPI document with the contract as data, and says every difference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
SCALARS: dict[str, Json] = {
    "string": {"type": "string"},
    "datetime": {"type": "string", "format": "date-time"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "binary": {"type": "string", "format": "binary"},
    "any": {},
}
FILES = ("Ref:FileT", "Ref:RunBuildV2DeprecatedFile")
"""How the SDK tells a file of the browser from bytes; on the wire they are the same."""


class DocumentComparison:
    """A document against the contract's operations and schemas."""

    def __init__(self, document: Json, contract: Json) -> None:
        self._document = document
        self._told = contract["schemas"]
        self._operations = contract["operations"]

    def differences(self) -> Iterator[str]:
        described = {
            operation["operationId"]: (method, path, operation)
            for path, item in self._document["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        }
        for told in self._operations:
            found = described.get(told["id"])
            if found is None:
                yield f"{told['id']}: is not described"
            else:
                yield from self._of_operation(*found, told)

    def _of_operation(self, method: str, path: str, found: Json, told: Json) -> Iterator[str]:
        where = told["id"]
        security = [{told["auth"]: []}] if told["auth"] != "none" else []
        for name, value, expected in (
            ("method", method.upper(), told["method"]),
            ("path", path, told["path"]),
            ("tags", found["tags"], [told["resource"]]),
            ("security", found["security"], security),
            ("deprecated", found.get("deprecated", False), bool(told.get("deprecated"))),
        ):
            if value != expected:
                yield f"{where}: {name} is {value!r}, not {expected!r}"
        for place in ("path", "query"):
            parameters = {
                each["name"]: each for each in found.get("parameters", []) if each["in"] == place
            }
            yield from self._of_fields(
                f"{where} {place}",
                {name: each["schema"] for name, each in parameters.items()},
                {name for name, each in parameters.items() if each["required"]},
                told[f"{place}_params"],
            )
            for name, each in parameters.items():
                is_exploded = told[f"{place}_params"].get(name, {}).get("explode", False)
                if each.get("explode", False) != is_exploded:
                    yield f"{where} {place}.{name}: explode is not {is_exploded}"
        yield from self._of_body(f"{where} body", found.get("requestBody"), told["request_body"])
        yield from self._of_responses(where, found["responses"], told)

    def _of_body(self, where: str, found: Json | None, told: Json | None) -> Iterator[str]:
        if found is None or told is None:
            if found is not told:
                yield f"{where}: is {found}, not {told}"
            return
        if found["required"] != told["required"]:
            yield f"{where}: required is {found['required']}"
        if list(found["content"]) != [told["content_type"]]:
            yield f"{where}: is {list(found['content'])}, not {told['content_type']}"
            return
        yield from self._of_type(
            where, found["content"][told["content_type"]]["schema"], told["schema"]
        )

    def _of_responses(self, where: str, found: Json, told: Json) -> Iterator[str]:
        success = told["response"]
        listed = [str(status) for status in (success["status"], *told["error_statuses"])]
        if list(found) != listed:
            yield f"{where}: answers {list(found)}, not {listed}"
            return
        content = self._resolved(found[listed[0]]).get("content", {})
        if list(content) != ([success["content_type"]] if success["content_type"] else []):
            yield f"{where}: answers {list(content)}, not {success['content_type']}"
        elif content:
            told_type = "binary" if success["schema"] == "stream" else success["schema"]
            schema = content[success["content_type"]]["schema"]
            yield from self._of_type(f"{where} result", schema, told_type)
        for status in listed[1:]:
            error = self._resolved(found[status])["content"]["application/json"]["schema"]
            yield from self._of_type(f"{where} {status}", error, "Ref:ApiError")

    def _of_fields(
        self, where: str, properties: Json, required: set[str], told: Mapping[str, Json]
    ) -> Iterator[str]:
        for name in sorted(properties.keys() ^ told.keys()):
            yield f"{where}.{name}: is {'not ' if name in told else ''}described"
        for name in properties.keys() & told.keys():
            place, schema, field = f"{where}.{name}", properties[name], told[name]
            if (name in required) != field["required"]:
                yield f"{place}: required is {name in required}"
            schema, is_nullable = self._without_null(schema)
            # What is optional and null in the contract is left out by this cloud.
            if field["required"] and is_nullable != field.get("nullable", False):
                yield f"{place}: nullable is {is_nullable}"
            if schema.get("default") != field.get("default"):
                yield f"{place}: default is {schema.get('default')}, not {field.get('default')}"
            yield from self._of_type(place, schema, field["type"])

    def _of_type(self, where: str, schema: Json, told: str) -> Iterator[str]:
        schema = self._resolved(schema)
        if told.startswith("Ref:"):
            yield from self._of_named(where, schema, self._told[told.removeprefix("Ref:")])
        elif array := re.fullmatch(r"array<(.*)>", told):
            if schema.get("type") != "array":
                yield f"{where}: is no array"
            else:
                yield from self._of_type(f"{where}[]", schema["items"], array[1])
        elif union := re.fullmatch(r"union<(.*)>", told):
            yield from self._of_union(where, schema, union[1].split("|"))
        else:
            expected = SCALARS[told]
            shown = {key: schema[key] for key in ("type", "format") if key in schema}
            if shown.get("format") == "password":
                del shown["format"]
            is_whole = told == "number" and shown == {"type": "integer"}
            if shown != expected and not is_whole:
                yield f"{where}: is {shown}, not {told}"

    def _of_named(self, where: str, schema: Json, told: Json) -> Iterator[str]:
        if "enum" in told:
            if schema.get("enum") != told["enum"]:
                yield f"{where}: is {schema.get('enum')}, not {told['enum']}"
        elif "union" in told:
            yield from self._of_union(where, schema, told["union"])
        elif schema.get("type") != "object":
            yield f"{where}: is no object"
        elif "additionalProperties" in schema:
            for name, field in told["fields"].items():
                if field["required"]:
                    yield f"{where}.{name}: is in a map"
                yield from self._of_type(
                    f"{where}.{name}", schema["additionalProperties"], field["type"]
                )
        else:
            yield from self._of_fields(
                where, schema["properties"], set(schema.get("required", [])), told["fields"]
            )

    def _of_union(self, where: str, schema: Json, options: list[str]) -> Iterator[str]:
        members = schema.get("anyOf", [schema])
        for option in options:
            if option in FILES:
                continue
            if not any(self._fits(member, option) for member in members):
                yield f"{where}: {option} is not described"
        for member in members:
            if not any(self._fits(member, option) for option in options):
                yield f"{where}: {member} is none of {options}"

    def _fits(self, schema: Json, told: str) -> bool:
        return not any(self._of_type("", schema, told))

    def _without_null(self, schema: Json) -> tuple[Json, bool]:
        if isinstance(schema.get("type"), list):
            (kind,) = (kind for kind in schema["type"] if kind != "null")
            return {**schema, "type": kind}, "null" in schema["type"]
        members = schema.get("anyOf", [])
        if {"type": "null"} in members:
            (kind,) = (member for member in members if member != {"type": "null"})
            return kind, True
        return schema, False

    def _resolved(self, schema: Json) -> Json:
        found = schema
        while "$ref" in found:
            node: Any = self._document
            for step in found["$ref"].removeprefix("#/").split("/"):
                node = node[step]
            found = node
        return found
