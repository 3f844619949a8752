"""The API described as an OpenAPI 3.1 document, for tools that know no other description."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any, Final

from hathora_deploy.api.errors import ApiError
from hathora_deploy.api.fields import Field, Place, fields_of, kind_of, place_of
from hathora_deploy.api.json_schema import BINARY, Components, Schema, words_of
from hathora_deploy.api.operation import Auth, Operation, Shape, TextStream

_SECURITY: Final[dict[Auth, list[Schema]]] = {
    Auth.ORGANIZATION: [{"hathoraDevToken": []}],
    Auth.PLAYER: [{"playerAuth": []}],
    Auth.NONE: [],
}
_SCHEMES: Final[Schema] = {
    "hathoraDevToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of an organization or of a user.",
    },
    "playerAuth": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that a player got from a login.",
    },
}
_ERROR: Final[Schema] = {
    "type": "object",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
    "description": "What went wrong.",
}
_SPELLINGS: Final = {"orgs": "organizations", "lobby": "lobbies"}
_JSON: Final = "application/json"


def document(
    operations: Iterable[type[Operation[Any]]],
    deprecated: Iterable[type[Operation[Any]]],
    *,
    version: str,
) -> Schema:
    """The document of these operations; ``version`` is that of the document."""
    components = Components()
    components.schemas["ApiError"] = _ERROR
    paths: dict[str, Schema] = {}
    responses: dict[str, Schema] = {}
    tags: dict[str, str] = {}
    for is_deprecated, group in enumerate((operations, deprecated)):
        for operation in group:
            shape = operation.shape
            described = _operation(shape, components)
            if is_deprecated:
                described["deprecated"] = True
            paths.setdefault(shape.path, {})[shape.method.lower()] = described
            responses |= {_error_name(status): _error(status) for status in shape.errors}
            tags.setdefault(_resource(shape), words_of(sys.modules[operation.__module__]))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hathora API",
            "version": version,
            "description": "Deploys and runs game servers.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": tags[name]} for name in sorted(tags)],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.schemas.items())),
            "responses": dict(sorted(responses.items())),
            "securitySchemes": _SCHEMES,
        },
    }


def _operation(shape: Shape, components: Components) -> Schema:
    fields = {place: _fields_in(shape, place) for place in Place}
    words = words_of(shape.operation)
    described: Schema = {
        "operationId": shape.operation.__name__,
        "tags": [_resource(shape)],
        "summary": words.partition("\n")[0].removesuffix("."),
        "security": _SECURITY[shape.auth],
    }
    if shape.is_extension:
        described["x-extension"] = True
        words += "\n\nAn extension: Hathora's own API has no such operation."
    if shape.successor is not None:
        words += f"\n\nCall {shape.successor.__name__} instead."
    if "\n" in words:
        described["description"] = words
    if fields[Place.PATH] or fields[Place.QUERY]:
        described["parameters"] = [
            *(_in_path(field, components) for field in fields[Place.PATH]),
            *(_in_query(field, components) for field in fields[Place.QUERY]),
        ]
    if body := _body(shape, fields, components):
        described["requestBody"] = {"required": True, "content": body}
    described["responses"] = {
        str(shape.status): _success(shape, components),
        **{
            str(status): {"$ref": f"#/components/responses/{_error_name(status)}"}
            for status in shape.errors
        },
    }
    return described


def _fields_in(shape: Shape, place: Place) -> list[Field]:
    return [
        field for field in fields_of(shape.operation) if place_of(shape.operation, field) is place
    ]


def _in_path(field: Field, components: Components) -> Schema:
    return {
        "name": field.wire_name,
        "in": "path",
        "required": True,
        "schema": components.of_kind(field.kind),
    }


def _in_query(field: Field, components: Components) -> Schema:
    return {
        "name": field.wire_name,
        "in": "query",
        "required": field.is_required,
        "style": "form",
        "explode": True,
        "schema": components.of_field(field),
    }


def _body(shape: Shape, fields: dict[Place, list[Field]], components: Components) -> Schema:
    if fields[Place.FORM]:
        schema = components.of_fields(fields[Place.FORM], is_request=True)
        return {"multipart/form-data": {"schema": schema}}
    if fields[Place.BODY]:
        name = f"{shape.operation.__name__}Body"
        components.schemas[name] = components.of_fields(fields[Place.BODY], is_request=True)
        return {_JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {}


def _success(shape: Shape, components: Components) -> Schema:
    if shape.result in (None, type(None)):
        return {"description": "Done."}
    if shape.is_stream:
        schema = {"type": "string"} if shape.result is TextStream else BINARY
    else:
        schema = components.of_kind(kind_of(shape.result))
    return {"description": "Done.", "content": {shape.media_type: {"schema": schema}}}


def _error_name(status: int) -> str:
    return type(ApiError.of_status(status, "")).__name__


def _error(status: int) -> Schema:
    return {
        "description": words_of(type(ApiError.of_status(status, ""))).partition("\n")[0],
        "content": {_JSON: {"schema": {"$ref": "#/components/schemas/ApiError"}}},
    }


def _resource(shape: Shape) -> str:
    """As the SDKs name it: ``/orgs/v1`` belongs to ``organizationsV1``."""
    match = re.match(r"/(?P<word>\w+)/v(?P<version>\d+)", shape.path)
    assert match is not None
    return f"{_SPELLINGS.get(match['word'], match['word'])}V{match['version']}"
