"""What the client sends and what it makes of the answers, over real connections."""

from __future__ import annotations

import json
import select
import socket
import traceback
from contextlib import suppress
from pathlib import Path

import pytest

from hathora_deploy.api import errors as api_errors
from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.errors import (
    ApiError,
    RequestValidationError,
    ResponseValidationError,
    UnexpectedAnswer,
)
from hathora_deploy.api.lobbies import LobbyVisibility
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import (
    TokenError,
    TransportError,
)
from tests.client.conftest import Connect
from tests.client.serving import Handler, Server

BUILD = {
    "orgId": "org-1",
    "buildId": "bld-1",
    "createdBy": "somebody",
    "createdAt": "2026-01-02T03:04:05.678Z",
    "startedAt": None,
    "finishedAt": None,
    "deletedAt": None,
    "status": "succeeded",
    "imageSize": 5,
}


def test_a_call_is_sent_with_the_token_and_answered_with_a_value(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(200, json.dumps(BUILD).encode(), Content_Type="application/json")

    build = cloud.builds_v3.get_build(build_id="a/b ü")

    assert build.status is BuildStatus.SUCCEEDED
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/builds/v3/builds/a%2Fb%20%C3%BC?orgId=org-1")
    assert asked.headers["authorization"] == "Bearer org-token"
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["user-agent"].startswith("hathora-deploy/")
    assert asked.body == b""


def test_a_body_is_json_and_a_204_is_none(server: Server, cloud: HathoraCloud) -> None:
    server.answers(204)

    assert cloud.rooms_v2.update_room_config(room_id="r", room_config="ü") is None

    (asked,) = server.asked
    assert asked.headers["content-type"] == "application/json"
    assert json.loads(asked.body) == {"roomConfig": "ü"}


def test_a_call_names_its_own_application_and_organization(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(200, b"[]")
    cloud.processes_v3.get_latest_processes()
    cloud.processes_v3.get_latest_processes(app_id="app-2")
    server.answers(200, b'{"builds":[]}')
    cloud.builds_v3.get_builds(org_id="org-2")

    assert [asked.path for asked in server.asked] == [
        "/processes/v3/apps/app-1/processes/latest",
        "/processes/v3/apps/app-2/processes/latest",
        "/builds/v3/builds?orgId=org-2",
    ]


def test_without_an_organization_the_cloud_decides(server: Server, connect: Connect) -> None:
    server.answers(200, b'{"builds":[]}')
    connect(endpoint=f"{server.endpoint}/").builds_v3.get_builds()

    assert server.asked[0].path == "/builds/v3/builds"


def test_an_endpoint_may_have_a_path(server: Server, connect: Connect) -> None:
    server.answers(200, b'{"builds":[]}')
    connect(endpoint=f"{server.endpoint}/hathora/").builds_v3.get_builds()

    assert server.asked[0].path == "/hathora/builds/v3/builds"


def test_without_an_application_nothing_is_sent(server: Server, connect: Connect) -> None:
    with pytest.raises(RequestValidationError, match="app_id is missing"):
        connect().apps_v2.get_app()
    assert server.asked == []


def test_a_wrong_argument_is_named_and_nothing_is_sent(server: Server, cloud: HathoraCloud) -> None:
    with pytest.raises(RequestValidationError, match="CreateBuild") as raised:
        cloud.builds_v3.create_build(build_size_in_bytes="many", tag="t")  # type: ignore[arg-type, call-arg]  # on purpose
    assert {place for place, _ in raised.value.problems} == {"build_size_in_bytes", "tag"}
    assert server.asked == []


def test_a_token_that_says_bearer_is_sent_as_it_is(server: Server, connect: Connect) -> None:
    server.answers(200, b'{"builds":[]}')
    connect("bearer x").builds_v3.get_builds()

    assert server.asked[0].headers["authorization"] == "bearer x"


def test_the_line_end_of_a_token_file_does_no_harm(server: Server, connect: Connect) -> None:
    server.answers(200, b'{"builds":[]}')
    connect("token\n").builds_v3.get_builds()

    assert server.asked[0].headers["authorization"] == "Bearer token"


@pytest.mark.parametrize("token", ["hidden\nX-Other: 1", "hiddenü", "hidden\0"])
def test_a_token_that_cannot_be_sent_is_refused_and_not_shown(
    server: Server, token: str, connect: Connect
) -> None:
    with pytest.raises(TokenError, match="characters") as raised:
        connect(token).builds_v3.get_builds()
    assert "hidden" not in "".join(traceback.format_exception(raised.value))
    assert server.asked == []


def test_a_player_calls_with_the_players_token(server: Server, cloud: HathoraCloud) -> None:
    server.answers(404, b'{"message":"no"}')
    with pytest.raises(api_errors.NotFound):
        cloud.lobbies_v3.create_lobby(
            "player-token", visibility=LobbyVisibility.PUBLIC, region=Region.TOKYO
        )
    assert server.asked[0].headers["authorization"] == "Bearer player-token"


def test_what_anybody_may_call_is_called_without_the_token(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(200, b'{"token":"player"}')
    assert cloud.auth_v1.login_anonymous().token.reveal() == "player"

    assert "authorization" not in server.asked[0].headers


def test_a_netrc_file_does_not_replace_the_token(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, connect: Connect
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localtest.invalid login l password p\ndefault login l password p\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers(200, b'{"token":"player"}')
    # An endpoint that is not loopback by name: there requests does look into the file.
    endpoint = server.endpoint.replace("127.0.0.1", "0.0.0.0")
    cloud = connect(app_id="app-1", endpoint=endpoint)

    with pytest.raises(ResponseValidationError):
        cloud.builds_v3.get_builds()
    cloud.auth_v1.login_anonymous()

    with_token, without = server.asked
    assert with_token.headers["authorization"] == "Bearer org-token"
    assert "authorization" not in without.headers


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, api_errors.BadRequest),
        (401, api_errors.Unauthorized),
        (402, api_errors.PaymentRequired),
        (403, api_errors.Forbidden),
        (404, api_errors.NotFound),
        (408, api_errors.RequestTimeout),
        (409, api_errors.Conflict),
        (410, api_errors.Gone),
        (418, ApiError),
        (422, api_errors.UnprocessableEntity),
        (429, api_errors.TooManyRequests),
        (500, api_errors.InternalServerError),
        (501, api_errors.NotServed),
        (503, api_errors.ServiceUnavailable),
        (599, ApiError),
    ],
)
def test_a_refusal_is_raised_by_its_status(
    server: Server, cloud: HathoraCloud, status: int, error: type[ApiError]
) -> None:
    server.answers(status, b'{"message":"because"}')

    with pytest.raises(ApiError) as raised:
        cloud.builds_v3.get_build(build_id="b")

    assert type(raised.value) is error
    assert raised.value.status == status
    assert str(raised.value) == "GetBuild: because"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>gone</html>", b"[]", b"null", b'{"error":"x"}', b'{"message":null}', b"\xff"],
)
def test_a_refusal_in_another_shape_says_what_came(
    server: Server, cloud: HathoraCloud, body: bytes
) -> None:
    server.answers(502, body)

    with pytest.raises(ApiError, match="HTTP 502 Bad Gateway") as raised:
        cloud.builds_v3.get_build(build_id="b")
    assert raised.value.status == 502
    assert "is the endpoint really a Hathora API?" in str(raised.value.hint)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_not_the_apis_is_refused_with_a_hint(
    server: Server, cloud: HathoraCloud, body: bytes
) -> None:
    server.answers(200, body)

    with pytest.raises(ResponseValidationError, match="GetBuild") as raised:
        cloud.builds_v3.get_build(build_id="b")
    assert raised.value.hint == "is the endpoint really a Hathora API?"


def test_a_redirect_is_not_followed(server: Server, cloud: HathoraCloud) -> None:
    server.answers(307, Location=f"{server.endpoint}/elsewhere")

    with pytest.raises(ApiError, match="HTTP 307"):
        cloud.apps_v2.delete_app()
    assert len(server.asked) == 1


@pytest.mark.parametrize("where", ["http://[", "http://a:99999999/", "file:///x", "http://\xff"])
def test_where_a_redirect_leads_does_not_matter(
    server: Server, cloud: HathoraCloud, where: str
) -> None:
    server.answers(302, Location=where)

    with pytest.raises(UnexpectedAnswer, match="HTTP 302") as raised:
        cloud.builds_v3.get_builds()
    assert raised.value.headers["location"] == where


def test_no_call_gets_the_answer_of_another(server: Server, cloud: HathoraCloud) -> None:
    def hinting(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        # Until the client asks again on this connection, has closed it, or waits.
        select.select([handler.connection], [], [], 0.1)
        with suppress(OSError):
            handler.send(200, b'{"builds":[],"path":"%s"}' % handler.path.encode())

    server.answer = hinting
    for org in ("org-1", "org-2"):
        with suppress(UnexpectedAnswer):  # Python's http.client takes the hint for the answer
            page = cloud.builds_v3.get_builds(org_id=org)
            assert page.model_extra == {"path": f"/builds/v3/builds?orgId={org}"}


def test_the_token_is_in_no_text_of_the_client_or_its_errors(
    server: Server, cloud: HathoraCloud
) -> None:
    assert "org-token" not in repr(cloud)
    assert "org-token" not in repr(vars(cloud))
    server.answers(500, b"{}")
    with pytest.raises(ApiError) as refused:
        cloud.builds_v3.get_builds()
    server.answer = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    with pytest.raises(TransportError) as cut:
        cloud.builds_v3.get_builds()

    for raised in (refused.value, cut.value):
        told = "".join(traceback.format_exception(raised))
        assert "org-token" not in told
        assert "org-token" not in repr(vars(raised))
