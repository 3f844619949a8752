"""What is written to the wire is what is read from it, for every operation and every result."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from hathora_deploy.api.apps import AuthConfiguration, CreateApp, Enabled, PatchApp, UpdateApp
from hathora_deploy.api.builds import BuildV3, CreateBuild, GetBuild
from hathora_deploy.api.catalog import ALL
from hathora_deploy.api.deployments import CreateDeployment, EnvironmentVariable
from hathora_deploy.api.errors import RequestValidationError, ResponseValidationError
from hathora_deploy.api.logs import GetLogsForProcess
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.api.operation import Operation
from hathora_deploy.api.processes import GetLatestProcesses, ProcessStatus
from hathora_deploy.api.rooms import CreateRoom
from hathora_deploy.api.tokens import CreateOrgToken
from hathora_deploy.api.wire import WireRequest, decode, decode_result, encode, encode_result
from hathora_deploy.secret import Secret
from tests.api.strategies import operations, values

thorough = settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
answering = [name for name, declared in ALL.items() if not declared.shape.is_stream]


def received(operation: type[Operation[Any]], request: WireRequest) -> Operation[Any]:
    """The operation, read from the request's own text as a server gets it."""
    template = operation.shape.path.split("/")
    segments = dict(zip(template, request.path.split("/"), strict=True))
    query = parse_qsl(urlencode(request.query), keep_blank_values=True)
    path = {name: segments[f"{{{name}}}"] for name in operation.shape.in_path}
    return decode(operation, path=path, query=query, body=request.body, files=request.files)


@pytest.mark.parametrize("name", ALL)
@thorough
@given(data=st.data())
def test_an_operation_arrives_as_it_was_sent(name: str, data: st.DataObject) -> None:
    operation = data.draw(operations(ALL[name]))
    if "app_id" in operation.shape.in_path.values() and not operation.app_id:  # type: ignore[attr-defined]  # of those that have one
        operation = operation.model_copy(update={"app_id": "app-1"})

    assert received(ALL[name], encode(operation)) == operation


@pytest.mark.parametrize("name", answering)
@thorough
@given(data=st.data())
def test_a_result_arrives_as_it_was_sent(name: str, data: st.DataObject) -> None:
    operation = ALL[name]
    result = data.draw(values(operation.shape.result))
    call = operation.model_construct()

    body = b"" if result is None else encode_result(operation.shape, result)
    assert decode_result(call, body) == result


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_never_leads_elsewhere(value: str) -> None:
    with pytest.raises(RequestValidationError, match="build_id"):
        encode(GetBuild(build_id=value))


def test_a_call_without_an_application_says_where_to_name_one() -> None:
    with pytest.raises(RequestValidationError, match="app_id is missing") as raised:
        encode(GetLatestProcesses())
    assert "HathoraCloud(app_id=" in str(raised.value.hint)


def test_a_query_is_written_as_javascript_writes_it() -> None:
    logs = encode(GetLogsForProcess(process_id="p", app_id="a", follow=True, tail_lines=5))
    assert logs.query == (("follow", "true"), ("tailLines", "5"))

    processes = GetLatestProcesses(
        app_id="a",
        region=[Region.SEATTLE, Region.TOKYO],
        status=[ProcessStatus.RUNNING],
        before=1789000000000.0,
    )
    assert encode(processes).query == (
        ("before", "1789000000000"),
        ("region", "Seattle"),
        ("region", "Tokyo"),
        ("status", "running"),
    )


def test_what_is_left_out_is_absent_and_never_null() -> None:
    assert encode(CreateBuild(build_size_in_bytes=1)).body == b'{"buildSizeInBytes":1}'
    assert encode(CreateBuild(build_size_in_bytes=1, build_tag=None)).body == (
        b'{"buildSizeInBytes":1}'
    )
    created = CreateApp(app_name="a", auth_configuration=AuthConfiguration(anonymous=Enabled()))
    assert encode(created).body == b'{"appName":"a","authConfiguration":{"anonymous":{}}}'


def test_what_is_nullable_travels_as_null() -> None:
    answer = b"""{"orgId":"o","buildId":"b","createdBy":"c","createdAt":"2026-01-02T03:04:05.678Z",
        "startedAt":null,"finishedAt":null,"deletedAt":null,"status":"created","imageSize":0}"""
    build = decode_result(GetBuild(build_id="b"), answer)

    written = encode_result(GetBuild.shape, build)
    assert b'"startedAt":null' in written
    assert b'"createdAt":"2026-01-02T03:04:05.678Z"' in written
    assert b"buildTag" not in written


def test_a_client_keeps_what_it_does_not_know_and_the_cloud_refuses_it() -> None:
    answer = b"""{"orgId":"o","buildId":"b","createdBy":"c","createdAt":"2026-01-02T03:04:05Z",
        "startedAt":null,"finishedAt":null,"deletedAt":null,"status":"paused","imageSize":0,"new":1}"""
    build = decode_result(GetBuild(build_id="b"), answer)
    assert isinstance(build, BuildV3)
    assert build.status == "paused"
    assert not build.status.is_known

    with pytest.raises(RequestValidationError, match=r"region.*'Atlantis' is not one of Seattle"):
        decode(CreateRoom, path={"appId": "a"}, query=[], body=b'{"region":"Atlantis"}')


def test_a_refusal_does_not_repeat_all_of_a_long_value() -> None:
    body = json.dumps({"region": "x" * 100_000}).encode()

    with pytest.raises(RequestValidationError) as refused:
        decode(CreateRoom, path={"appId": "a"}, query=[], body=body)

    assert len(refused.value.message) < 1000


def test_keys_of_a_request_that_the_contract_does_not_list_are_dropped() -> None:
    body = b'{"buildSizeInBytes":1,"orgId":"from-the-body","other":2}'

    assert decode(CreateBuild, path={}, query=[("x", "1")], body=body) == CreateBuild(
        build_size_in_bytes=1
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'"x"', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(RequestValidationError):
        decode(CreateBuild, path={}, query=[], body=body)


@pytest.mark.parametrize("value", [b'"\\ud800"', b"NaN", b"-Infinity"])
def test_a_body_that_no_answer_could_repeat_is_refused(value: bytes) -> None:
    body = b'{"buildSizeInBytes": 1, "buildTag": "x", "ignored": ' + value + b"}"

    with pytest.raises(RequestValidationError, match="is not JSON"):
        decode(CreateBuild, path={}, query=[], body=body)


def test_each_problem_of_a_request_is_named_without_its_value() -> None:
    body = b"""{"buildId":"b","requestedCPU":"much","requestedMemoryMB":1024,"containerPort":0,
        "transportType":"udp","roomsPerProcess":1,"env":[{"name":"1","value":["hidden"]}],
        "idleTimeoutEnabled":true}"""

    with pytest.raises(RequestValidationError) as raised:
        decode(CreateDeployment, path={"appId": "a"}, query=[], body=body)

    assert [place for place, _ in raised.value.problems] == [
        "requestedCPU",
        "containerPort",
        "env.0.name",
        "env.0.value",
    ]
    assert "hidden" not in str(raised.value)


def test_a_problem_is_named_in_the_words_of_the_contract_only() -> None:
    with pytest.raises(RequestValidationError) as raised:
        decode(CreateOrgToken, path={"orgId": "o"}, query=[], body=b'{"name":"n","scopes":["x",1]}')

    assert {place for place, _ in raised.value.problems} == {"scopes", "scopes.0"}


def test_what_does_not_fit_a_hundred_thousand_times_is_told_once() -> None:
    body = b'{"name":"n","scopes":[' + b",".join([b'"x"'] * 100_000) + b"]}"
    with pytest.raises(RequestValidationError) as raised:
        decode(CreateOrgToken, path={"orgId": "o"}, query=[], body=body)
    assert len(raised.value.problems) < 5

    body = b'{"serviceConfig":{"staticProcessAllocation":[' + b",".join([b"{}"] * 100_000) + b"]}}"
    with pytest.raises(RequestValidationError) as raised:
        decode(PatchApp, path={"appId": "a"}, query=[], body=body)
    assert len(raised.value.problems) < 5


def test_an_answer_that_does_not_fit_says_where() -> None:
    with pytest.raises(ResponseValidationError, match=r"answer to GetBuild.*orgId"):
        decode_result(GetBuild(build_id="b"), b"{}")
    with pytest.raises(ResponseValidationError):
        decode_result(GetBuild(build_id="b"), b"<html>")


def test_the_value_of_a_variable_is_sent_and_never_shown() -> None:
    call = CreateDeployment(
        app_id="a",
        build_id="b",
        requested_cpu=0.5,
        requested_memory_mb=1024,
        container_port=7777,
        transport_type=TransportType.UDP,
        rooms_per_process=1,
        env=[EnvironmentVariable(name="KEY", value=Secret("hidden"))],
        idle_timeout_enabled=False,
    )

    assert "hidden" not in repr(call)
    assert b'{"name":"KEY","value":"hidden"}' in (encode(call).body or b"")
    assert b'"requestedCPU":0.5' in (encode(call).body or b"")


def test_a_patch_and_an_update_differ_in_what_they_ask_for() -> None:
    with pytest.raises(RequestValidationError, match="authConfiguration"):
        decode(UpdateApp, path={"appId": "a"}, query=[], body=b'{"appName":"a"}')
