"""Every declaration says what the contract says, field by field."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.api.catalog import ALL, DEPRECATED, EXTENSIONS, OPERATIONS
from hathora_deploy.client import HathoraCloud
from tests.api.contract import Comparison

Json = dict[str, Any]
VARIABLE = "HATHORA_API_CONTRACT"
GONE = {"GetLogsForApp", "GetLogsForDeployment"}
"""Of an earlier contract; the present one has lost them."""


@pytest.fixture(scope="module")
def contract() -> Json:
    path = os.environ.get(VARIABLE)
    if not path:
        pytest.skip(f"{VARIABLE} does not name the contract as data")
    told: Json = json.loads(Path(path).read_text())
    return told


def is_deprecated(operation: Json) -> bool:
    """Those of fleetsV1 are it by name only."""
    return bool(operation.get("deprecated")) or operation["resource"] == "fleetsV1"


def told_of(contract: Json, name: str) -> Json:
    (operation,) = (operation for operation in contract["operations"] if operation["id"] == name)
    assert isinstance(operation, dict)
    return operation


def differences(contract: Json) -> list[str]:
    comparison = Comparison(contract["schemas"])
    return [
        difference
        for operation in contract["operations"]
        for difference in comparison.of_operation(ALL[operation["id"]], operation)
    ]


def test_the_catalog_is_the_contract(contract: Json) -> None:
    told: dict[bool, set[str]] = {False: set(), True: set()}
    for operation in contract["operations"]:
        told[is_deprecated(operation)].add(operation["id"])

    assert told[False] == OPERATIONS.keys() - EXTENSIONS.keys()
    assert told[True] | GONE == DEPRECATED.keys()


def test_every_operation_is_declared_as_the_contract_tells(contract: Json) -> None:
    assert differences(contract) == []


def test_resources_and_methods_are_named_as_in_the_sdk(contract: Json) -> None:
    cloud = HathoraCloud()
    for operation in contract["operations"]:
        resource = re.sub(r"V(\d)$", r"_v\1", operation["resource"])
        method = re.sub(r"([A-Z])", r"_\1", operation["sdk_name"]).lower()
        assert callable(getattr(getattr(cloud, resource), method)), (resource, method)


def field(contract: Json, schema: str, name: str) -> Json:
    told: Json = contract["schemas"][schema]["fields"][name]
    return told


Corruption = Callable[[Json], object]
CORRUPTIONS: dict[str, tuple[Corruption, str]] = {
    "method": (lambda c: told_of(c, "GetApp").update(method="PUT"), "GetApp: method"),
    "path": (lambda c: told_of(c, "GetApp").update(path="/apps/v3"), "GetApp: path"),
    "status": (
        lambda c: told_of(c, "CreateApp")["response"].update(status=200),
        "CreateApp: status",
    ),
    "auth": (lambda c: told_of(c, "CreateLobby").update(auth="none"), "CreateLobby: auth"),
    "errors": (lambda c: told_of(c, "GetApp")["error_statuses"].pop(), "GetApp: errors"),
    "path field": (
        lambda c: told_of(c, "GetFleet")["path_params"].update(x={"type": "string"}),
        "GetFleet path.x: is not declared",
    ),
    "query field": (
        lambda c: told_of(c, "GetBuilds")["query_params"].pop("orgId"),
        "GetBuilds query.orgId: is not in the contract",
    ),
    "array in the query": (
        lambda c: told_of(c, "GetLatestProcesses")["query_params"]["region"].update(
            type="Ref:Region"
        ),
        "GetLatestProcesses query.region",
    ),
    "default": (
        lambda c: told_of(c, "GetLogsForProcess")["query_params"]["tailLines"].update(default=50),
        "default is 100, not 50",
    ),
    "name in the body": (
        lambda c: c["schemas"]["CreateMultipartBuildParams"]["fields"].update(
            tag=c["schemas"]["CreateMultipartBuildParams"]["fields"].pop("buildTag")
        ),
        "CreateBuild body.buildTag: is not in the contract",
    ),
    "required": (
        lambda c: field(c, "BuildV3", "createdBy").update(required=False),
        "createdBy: required is True, not False",
    ),
    "nullable": (
        lambda c: field(c, "ProcessV3", "startedAt").update(nullable=False),
        "startedAt: nullable is True, not False",
    ),
    "type": (
        lambda c: field(c, "BuildV3", "createdAt").update(type="string"),
        "createdAt: <class 'pydantic.types.AwareDatetime'> is not string",
    ),
    "a fraction": (
        lambda c: field(c, "DeploymentV3", "requestedCPU").update(type="integer"),
        "requestedCPU: <class 'float'> is not integer",
    ),
    "deep in a result": (
        lambda c: field(c, "LoadBalancerConfig", "enabled").update(type="string"),
        "GetApps result.applications[].serviceConfig.loadBalancer.enabled",
    ),
    "member of an enum": (
        lambda c: c["schemas"]["Region"]["enum"].append("Moon"),
        "CreateRoom body.region",
    ),
    "member of a union": (
        lambda c: field(c, "OrgMember", "scopes").update(type="union<Ref:UserRole|string>"),
        "GetOrgMembers result.members[].scopes",
    ),
    "result": (
        lambda c: told_of(c, "RunBuild")["response"].update(schema="string"),
        "RunBuild result",
    ),
    "file": (
        lambda c: field(c, "RunBuildDeprecatedRequestBody", "file").update(required=False),
        "RunBuildDeprecated body.file: required is True, not False",
    ),
    "kind of stream": (
        lambda c: told_of(c, "RunBuildDeprecated")["response"].update(
            content_type="application/octet-stream"
        ),
        "RunBuildDeprecated result",
    ),
    "any JSON": (
        lambda c: field(c, "Lobby", "initialConfig").update(type="string"),
        "GetLobbyInfo result.initialConfig",
    ),
    "key of a record": (
        lambda c: c["schemas"]["PartialRecordRegionFleetErrorState"]["fields"].pop("Dubai"),
        "GetFleetDeprecated result.errorState",
    ),
    "value of a record": (
        lambda c: field(c, "FleetErrorState", "inError").update(type="string"),
        "GetFleetDeprecated result.errorState.Seattle.inError",
    ),
    "union of results": (
        lambda c: c["schemas"]["ConnectionInfo"]["union"].pop(),
        "GetConnectionInfoDeprecated result",
    ),
    "no result": (
        lambda c: told_of(c, "DeleteApp")["response"].update(schema="Ref:Application"),
        "DeleteApp result",
    ),
}


@pytest.mark.parametrize("what", CORRUPTIONS)
def test_the_comparison_finds_what_is_wrong(contract: Json, what: str) -> None:
    corrupt, expected = CORRUPTIONS[what]
    changed = copy.deepcopy(contract)
    corrupt(changed)

    assert any(expected in difference for difference in differences(changed)), differences(changed)
