"""The document says what the contract says, whatever the declarations say."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.api.catalog import DEPRECATED, OPERATIONS
from hathora_deploy.api.openapi import document
from tests.api.openapi_comparison import DocumentComparison

Json = dict[str, Any]
VARIABLE = "HATHORA_API_CONTRACT"


@pytest.fixture(scope="module")
def contract() -> Json:
    path = os.environ.get(VARIABLE)
    if not path:
        pytest.skip(f"{VARIABLE} does not name the contract as data")
    told: Json = json.loads(Path(path).read_text())
    return told


@pytest.fixture
def described() -> Json:
    found = document(OPERATIONS.values(), DEPRECATED.values(), version="1")
    return copy.deepcopy(found)


def test_the_document_and_the_contract_agree(described: Json, contract: Json) -> None:
    assert list(DocumentComparison(described, contract).differences()) == []


def get_build(described: Json) -> Json:
    found: Json = described["paths"]["/builds/v3/builds/{buildId}"]["get"]
    return found


def schema(described: Json, name: str) -> Json:
    found: Json = described["components"]["schemas"][name]
    return found


def latest_processes(described: Json) -> Json:
    found: Json = described["paths"]["/processes/v3/apps/{appId}/processes/latest"]["get"]
    return found


CORRUPTIONS: dict[str, Callable[[Json], object]] = {
    "GetBuild: is not described": lambda d: d["paths"].pop("/builds/v3/builds/{buildId}"),
    "GetBuild: tags": lambda d: get_build(d).update(tags=["builds"]),
    "GetBuild: security": lambda d: get_build(d).update(security=[]),
    "GetBuild: deprecated": lambda d: get_build(d).update(deprecated=True),
    "GetBuild path.buildId": lambda d: get_build(d)["parameters"].pop(0),
    "GetBuild query.orgId: required": lambda d: get_build(d)["parameters"][1].update(required=True),
    "GetBuild: answers": lambda d: get_build(d)["responses"].pop("404"),
    "GetBuild 401": lambda d: schema(d, "ApiError").update(type="string"),
    "GetBuild result.imageSize": lambda d: schema(d, "BuildV3")["properties"].pop("imageSize"),
    "GetBuild result.buildTag: required": lambda d: schema(d, "BuildV3")["required"].append(
        "buildTag"
    ),
    "GetBuild result.startedAt: nullable": lambda d: schema(d, "BuildV3")["properties"][
        "startedAt"
    ].update(type="string"),
    "GetBuild result.createdAt": lambda d: schema(d, "BuildV3")["properties"]["createdAt"].pop(
        "format"
    ),
    "GetBuild result.status": lambda d: schema(d, "BuildStatus")["enum"].pop(),
    "GetLatestProcesses query.region: explode": lambda d: latest_processes(d)["parameters"][
        2
    ].update(explode=False),
    "GetLatestProcesses result: is no array": lambda d: latest_processes(d)["responses"]["200"][
        "content"
    ]["application/json"]["schema"].update(type="object"),
    "CreateBuild body.buildTag": lambda d: schema(d, "CreateBuildBody")["properties"].pop(
        "buildTag"
    ),
    "RunBuild: answers": lambda d: d["paths"]["/builds/v3/builds/{buildId}/run"]["post"][
        "responses"
    ]["200"].update(content={"text/plain": {}}),
    "RunBuildDeprecated body": lambda d: d["paths"]["/builds/v1/{appId}/run/{buildId}"]["post"][
        "requestBody"
    ].update(content={"application/json": {}}),
    "OrgMember": lambda d: schema(d, "OrgMember")["properties"]["scopes"]["anyOf"].pop(),
}


@pytest.mark.parametrize("difference", CORRUPTIONS)
def test_the_comparison_finds_what_is_wrong(
    described: Json, contract: Json, difference: str
) -> None:
    CORRUPTIONS[difference](described)

    found = list(DocumentComparison(described, contract).differences())

    assert any(line.startswith(difference) for line in found) or (
        difference == "OrgMember" and any("scopes" in line for line in found)
    ), found
