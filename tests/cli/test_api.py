"""Any operation by its public name: what is sent, what is printed, what is told when it is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import click
import pytest

from hathora_deploy.api.catalog import ALL
from hathora_deploy.cli import operation_help
from tests.client.serving import Asked, Handler, Server, served

from .conftest import Cloud, Run

DEPLOYMENT = {
    "appId": "app-1", "buildId": "bld-1", "deploymentId": "dep-1", "requestedCPU": 0.5, "requestedMemoryMB": 1024,
    "createdBy": "somebody", "createdAt": "2026-01-02T03:04:05.000Z", "roomsPerProcess": 1,
    "defaultContainerPort": {"name": "default", "port": 7777, "transportType": "udp"},
    "additionalContainerPorts": [], "env": [{"name": "KEY", "value": "hush"}],
    "idleTimeoutEnabled": True,
}  # fmt: skip
LOBBY = {
    "appId": "app-1", "roomId": "r-1", "region": "Tokyo", "visibility": "public",
    "createdBy": "player", "createdAt": "2026-01-02T03:04:05.000Z", "shortCode": "ABC",
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as server:
        yield server


Api = Callable[..., Any]


@pytest.fixture
def api(run: Run, server: Server) -> Api:
    """``hathora-deploy api`` against a server that answers as the test says."""

    def api(*words: str | Path, code: int = 0, **variables: str) -> Any:
        settings = {"HATHORA_TOKEN": "org-token", "HATHORA_CLOUD_ENDPOINT": server.endpoint}
        done = run("api", *words, **{**settings, **variables})
        assert done.returncode == code, done.stderr
        return done

    return api


def sent(server: Server) -> Asked:
    """The last call; those before it may have looked for the app."""
    return server.asked[-1]


def test_an_operation_is_called_on_a_real_cloud_and_its_result_printed_as_json(
    cloud: Cloud,
) -> None:
    created = json.loads(
        cloud("api", "CreateApp", "-f", "appName=arena", "-f", 'authConfiguration={"nickname":{}}').stdout
    )  # fmt: skip
    assert created["appName"] == "arena"
    assert created["authConfiguration"] == {"nickname": {}}
    assert created["appSecret"].startswith("secret-"), "a secret that was asked for is printed"

    for name in ("GetApp", "getApp", "get_app", "get-app", "appsV2.getApp", "apps_v2.get_app"):
        assert json.loads(cloud("api", name, "--app-id", "arena").stdout) == created
    assert json.loads(cloud("api", "GetLatestProcesses", "-f", "status=running").stdout) == []
    token = json.loads(cloud("api", "LoginNickname", "-f", "nickname=ann").stdout)["token"]
    refused = cloud("api", "CreateLobby", "-f", "region=Tokyo", "-f", "visibility=public", code=1,
                    HATHORA_PLAYER_TOKEN=token)  # fmt: skip
    assert "CreateLobby: " in refused.stderr
    assert token not in refused.stderr

    assert cloud("api", "DeleteApp", "-f", f"appId={created['appId']}").stdout == ""
    assert json.loads(cloud("api", "GetApps").stdout) == {"applications": []}


def test_the_organization_of_a_path_is_found_out(cloud: Cloud) -> None:
    name = f"name=ci-{token_hex(4)}"
    words = ("api", "CreateOrgToken", "-f", name, "-f", "scopes=builds:read")
    created = json.loads(cloud(*words).stdout)
    assert created["plainTextToken"]
    assert created["orgToken"]["scopes"] == ["builds:read"]
    named = ("api", "RevokeOrgToken", "-f", f"org_token_id={created['orgToken']['orgTokenId']}")
    assert cloud(*named).stdout == "true\n"


def test_fields_take_the_form_of_the_declaration(api: Api, server: Server, tmp_path: Path) -> None:
    (tmp_path / "env.json").write_text('[{"name":"A","value":"1"}]\n')
    server.answers(201, json.dumps(DEPLOYMENT).encode())
    printed = api(
        "create_deployment", "-f", "appId=app-1", "-f", "buildId=123", "-f", "requested_cpu=0.5",
        "-f", "requestedMemoryMB=1024", "-f", "containerPort=7777", "-f", "transportType=udp",
        "-f", "roomsPerProcess:=2", "-f", "idleTimeoutEnabled=false",
        "-f", "env=@env.json", "-f", 'env={"name":"B","value":"x=y"}',
    )  # fmt: skip
    assert json.loads(sent(server).body) == {
        "buildId": "123", "requestedCPU": 0.5, "requestedMemoryMB": 1024, "containerPort": 7777,
        "transportType": "udp", "roomsPerProcess": 2, "idleTimeoutEnabled": False,
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "x=y"}],
    }  # fmt: skip
    assert sent(server).headers["authorization"] == "Bearer org-token"
    assert json.loads(printed.stdout)["env"] == [{"name": "KEY", "value": "hush"}]


def test_a_list_is_given_item_by_item(api: Api, server: Server) -> None:
    server.answers(200, b"[]")
    api("GetLatestProcesses", "-f", "appId=app-1", "-f", "region=Tokyo", "-f", "region=London",
        "-f", "status:=null", "-f", "before=1700000000000")  # fmt: skip
    path, _, query = sent(server).path.partition("?")
    assert path == "/processes/v3/apps/app-1/processes/latest"
    assert query == "before=1700000000000&region=Tokyo&region=London"


def test_a_word_that_may_be_one_or_a_list_is_what_it_fits(api: Api, server: Server) -> None:
    server.answers(200, b"true")
    known = ("UpdateUserInvite", "-f", "userEmail=a@b.c", "--org-id", "org-1")
    for typed, meant in (("viewer", "viewer"), ("builds:read", ["builds:read"])):
        api(*known, "-f", f"scopes={typed}")
        assert json.loads(sent(server).body)["scopes"] == meant


def test_a_secret_need_not_stand_on_the_command_line(
    api: Api, server: Server, tmp_path: Path
) -> None:
    server.answers(200, b'{"token":"player"}')
    (tmp_path / "id").write_text("hush\n")
    api("LoginGoogle", "-f", "idToken=@id", "-f", "appId=a")
    assert json.loads(sent(server).body) == {"idToken": "hush"}
    api("LoginGoogle", "-f", "idToken=@-", "-f", "appId=a", stdin="hush\r\n")
    assert json.loads(sent(server).body) == {"idToken": "hush"}


def test_fields_may_come_as_one_json_object_which_single_ones_win_over(
    api: Api, server: Server, tmp_path: Path
) -> None:
    server.answers(204)
    (tmp_path / "room.json").write_text('{"roomId":"r-1","room_config":"a","appId":"app-1"}')
    assert api("UpdateRoomConfig", "--input", "room.json").stdout == ""
    assert json.loads(sent(server).body) == {"roomConfig": "a"}
    stdin = '{"roomId":"r-1","appId":"app-1","roomConfig":"a"}'
    api("UpdateRoomConfig", "--input", "-", "-f", "roomConfig=b", stdin=stdin)
    assert json.loads(sent(server).body) == {"roomConfig": "b"}
    assert sent(server).path == "/rooms/v2/app-1/update/r-1"


def test_an_error_tells_every_wrong_value_and_nothing_is_sent(api: Api, server: Server) -> None:
    done = api(
        "CreateDeployment", "-f", "contanerPort=1", "-f", "requestedCPU=hush", "-f", "roomsPerProcess=0",
        "-f", "transportType=utp", "-f", "env={", "-f", "buildId=a", "-f", "buildId=b",
        "-f", "deploymentTag=@missing.txt", code=2,
    )  # fmt: skip
    for told in (
        "contanerPort: there is no such field; did you mean containerPort?",
        "requestedCPU: Input should be a valid number",
        "roomsPerProcess: Input should be greater than or equal to 1",
        "transportType: 'utp' is not one of tcp, udp, tls",
        "env: it is not JSON",
        "buildId: it is given more than once",
        "deploymentTag: missing.txt cannot be read: No such file or directory",
        "requestedMemoryMB: Field required",
    ):
        assert told in done.stderr
    assert "hush" not in done.stderr
    assert "hint: hathora-deploy api CreateDeployment --help" in done.stderr
    assert server.asked == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("GetAps",), "there is no operation GetAps\nhint: did you mean GetApps or GetApp?"),
        (("qqq",), "there is no operation qqq\nhint: hathora-deploy api lists them"),
        (("roomsV2.getApp",), "hint: did you mean appsV2.getApp?"),
        (("GetApp", "-f", "app"), "a field is written NAME=VALUE"),
        (("GetApp", "--paginate"), "there are no pages of GetApp"),
        (("GetApp", "--input", "no.json"), "--input: no.json cannot be read"),
        (("CreateLobby", "-f", "region=Tokyo", "-f", "visibility=public"), "set HATHORA_PLAYER_TOKEN"),
        (("LoginGoogle", "--input", "-", "-f", "idToken=@-"), "stdin can be read once"),
        (("RunBuildDeprecated", "-f", "buildId=1", "-f", "file=x"), "file: it is a file: write file=@FILE"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_told_with_what_to_type(
    api: Api, server: Server, words: tuple[str, ...], told: str
) -> None:
    assert told in api(*words, code=2).stderr
    assert server.asked == []


def test_the_only_app_is_not_deleted_unless_it_is_named(api: Api, server: Server) -> None:
    assert "DeleteApp: which app?" in api("DeleteApp", code=1).stderr
    assert server.asked == []


def test_a_token_that_may_not_read_apps_is_good_for_what_it_may(api: Api, server: Server) -> None:
    def answer(handler: Handler) -> None:
        is_app = "/apps/v2/" in handler.path
        handler.send(*((403, b'{"message":"scope"}') if is_app else (200, b"[]")))

    server.answer = answer
    assert api("GetLatestProcesses", "--app-id", "app-1").stdout == "[]\n"


def test_players_and_anybody_need_no_token_of_an_organization(api: Api, server: Server) -> None:
    nobody = {"HATHORA_TOKEN": "", "HATHORA_APP_ID": "app-1"}
    server.answers(200, b'{"token":"t"}')
    assert json.loads(api("LoginAnonymous", **nobody).stdout) == {"token": "t"}
    assert "authorization" not in sent(server).headers
    assert sent(server).path == "/auth/v1/app-1/login/anonymous"

    server.answers(201, json.dumps(LOBBY).encode())
    fields = ("-f", "region=Tokyo", "-f", "visibility=public")
    api("CreateLobby", *fields, HATHORA_PLAYER_TOKEN="player", **nobody)
    assert sent(server).headers["authorization"] == "Bearer player"

    assert "no token for it" in api("GetApp", code=2, **nobody).stderr


def test_all_pages_are_one_result(api: Api, server: Server) -> None:
    def answer(handler: Handler) -> None:
        is_last = "nextPageToken=two" in handler.path
        page = {"deployments": [{**DEPLOYMENT, "deploymentId": f"dep-{2 if is_last else 1}"}]}
        handler.send(
            200, json.dumps(page if is_last else {**page, "nextPageToken": "two"}).encode()
        )

    server.answer = answer
    found = json.loads(api("GetDeployments", "--paginate", "-f", "appId=app-1").stdout)
    assert [each["deploymentId"] for each in found["deployments"]] == ["dep-1", "dep-2"]
    assert set(found) == {"deployments"}


def test_a_stream_is_copied_byte_for_byte(api: Api, server: Server) -> None:
    server.answers(200, b"one\n\x1b[31mtwo\x00\r\n")
    words = ("GetLogsForProcess", "-f", "processId=p", "-f", "appId=a", "-f", "tailLines=5")
    assert api(*words).stdout == "one\n\x1b[31mtwo\x00\n"  # read as text: \r\n is a line end
    assert "tailLines=5" in sent(server).path
    lines = api(*words, "--output", "json").stdout.splitlines()
    assert [json.loads(line)["line"] for line in lines] == ["one", "\x1b[31mtwo\x00"]


def test_a_deprecated_operation_works_and_names_its_successor(api: Api, server: Server) -> None:
    server.answers(200, b"[]")
    done = api("GetAppsV1Deprecated")
    assert (done.stdout, done.stderr) == (
        "[]\n",
        "GetAppsV1Deprecated is deprecated: call GetApps\n",
    )


def test_a_refusal_is_an_error_in_text_and_in_json(api: Api, server: Server) -> None:
    server.answers(404, b'{"message":"there is no such build"}')
    done = api("GetBuild", "-f", "buildId=b", "--output", "json", code=1)
    assert done.stderr == "error: GetBuild: there is no such build\nhint: hathora-deploy builds\n"
    assert json.loads(done.stdout)["error"]["type"] == "NotFound"


def test_operations_are_listed_with_what_they_do(api: Api, server: Server) -> None:
    lines = api().stdout.splitlines()
    assert lines[0].split() == ["OPERATION", "RESOURCE", "WHAT"]
    assert any(line.split()[:4] == ["GetApp", "appsV2", "Get", "an"] for line in lines)
    assert not any("deprecated" in line for line in lines)
    everything = json.loads(api("--all", "--output", "json").stdout)["operations"]
    assert {each["name"] for each in everything} == ALL.keys()
    assert {each["successor"] for each in everything if each["name"] == "GetAppsV1Deprecated"} == {
        "GetApps"
    }
    assert server.asked == []


@pytest.mark.parametrize("name", ALL)
def test_the_help_of_an_operation_tells_its_fields_and_answers(name: str) -> None:
    formatter = click.HelpFormatter(width=100)
    operation_help.write(ALL[name], formatter)
    text, shape = formatter.getvalue(), ALL[name].shape
    assert f"{shape.method} {shape.path}, called by" in text
    for wire_name in (*shape.in_path, *shape.in_query, *shape.in_body, *shape.in_form):
        assert f"\n  {wire_name} " in text
    for status in (shape.status, *shape.errors):
        assert f"\n  {status}  " in text


def test_help_with_an_operation_is_the_help_of_it(api: Api) -> None:
    said = api("create_room", "--help").stdout
    assert said.startswith("Usage: hathora-deploy api CreateRoom ")
    assert "roomsV2.createRoom in the TypeScript SDK" in said
    assert "clientIPs     list of text (body)" in said
    assert "London, Frankfurt" in said
    assert "did you mean" in api("CreatRoom", "--help", code=2).stderr
