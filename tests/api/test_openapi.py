from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from hathora_deploy.api.catalog import ALL, DEPRECATED, OPERATIONS
from hathora_deploy.api.openapi import document
from hathora_deploy.api.wire import encode
from tests.api.strategies import operations

DOCUMENT = document(OPERATIONS.values(), DEPRECATED.values(), version="1.2.3")
DESCRIBED = {
    operation["operationId"]: operation
    for item in DOCUMENT["paths"].values()
    for operation in item.values()
}
SCHEMAS = DOCUMENT["components"]["schemas"]


def test_the_document_is_valid() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []
    assert DOCUMENT["info"]["version"] == "1.2.3"


def test_the_document_is_the_same_each_time_it_is_written() -> None:
    again = document(OPERATIONS.values(), DEPRECATED.values(), version="1.2.3")
    assert json.dumps(again) == json.dumps(DOCUMENT)


def test_every_operation_is_described_by_its_public_name() -> None:
    assert DESCRIBED.keys() == ALL.keys()
    for name, operation in DESCRIBED.items():
        assert operation["summary"], name
        assert operation.get("deprecated", False) == (name in DEPRECATED), name


def test_a_deprecated_operation_names_the_one_to_call_instead() -> None:
    assert "Call GetBuild instead." in DESCRIBED["GetBuildInfoDeprecated"]["description"]


def test_what_is_referred_to_is_there() -> None:
    for name in set(_references(DOCUMENT)):
        node: Any = DOCUMENT
        for step in name.removeprefix("#/").split("/"):
            node = node[step]


def test_nothing_is_described_that_nobody_refers_to() -> None:
    referred = {reference.rpartition("/")[2] for reference in _references(DOCUMENT)}
    assert SCHEMAS.keys() | DOCUMENT["components"]["responses"].keys() == referred


def test_limits_are_told() -> None:
    body = SCHEMAS["CreateAppBody"]["properties"]
    assert body["appName"] == {
        "type": "string",
        "minLength": 1,
        "maxLength": 64,
        "pattern": "^[a-z0-9-]+$",
    }
    assert SCHEMAS["ContainerPort"]["properties"]["port"]["maximum"] == 65535


def test_a_secret_is_a_password_which_only_requests_are_said_not_to_get_back() -> None:
    assert SCHEMAS["RunBuildRegistryBody"]["properties"]["auth"] == {
        "type": "string",
        "format": "password",
        "writeOnly": True,
    }
    assert SCHEMAS["Application"]["properties"]["appSecret"] == {
        "type": "string",
        "format": "password",
    }


def test_left_out_is_not_null() -> None:
    build = SCHEMAS["BuildV3"]
    assert build["properties"]["startedAt"]["type"] == ["string", "null"]
    assert "startedAt" in build["required"]
    assert build["properties"]["buildTag"]["type"] == "string"
    assert "buildTag" not in build["required"]


@pytest.mark.parametrize("name", sorted(ALL))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_the_client_sends_fits_the_document(name: str, data: st.DataObject) -> None:
    described, request = DESCRIBED[name], encode(data.draw(operations(ALL[name])))

    parameters = {each["name"] for each in described.get("parameters", []) if each["in"] == "query"}
    assert {key for key, _ in request.query} <= parameters
    content = described.get("requestBody", {}).get("content", {})
    if request.body is not None:
        schema = {**content["application/json"]["schema"], "components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema).validate(json.loads(request.body))
    else:
        assert "application/json" not in content
    if request.files:
        schema = content["multipart/form-data"]["schema"]
        assert request.files.keys() <= schema["properties"].keys()


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []
