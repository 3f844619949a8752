"""What an error knows, and what it never tells."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from hathora_deploy.api.auth import LoginGoogle
from hathora_deploy.api.deployments import CreateDeployment, EnvironmentVariable
from hathora_deploy.api.errors import (
    ApiError,
    BadRequest,
    NotFound,
    RequestValidationError,
    ResponseValidationError,
    UnexpectedAnswer,
)
from hathora_deploy.api.lobbies import LobbyVisibility
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import (
    ConnectionError,
    EndpointError,
    InvalidRequestError,
    TokenError,
    TransportError,
    UnexpectedClientError,
)
from hathora_deploy.secret import Secret
from tests.client.conftest import Connect
from tests.client.serving import Handler, Server, cut

TOKEN = "org-token"


def told_by(error: BaseException, *, locals: bool = False) -> str:
    """All that an error shows: its trace with those of its causes, and what they know.

    With what stands in the frames, but for those of the tests, which hold the secrets themselves.
    """
    told: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        told += traceback.format_exception(seen)
        if locals:
            frames = [frame for frame, _ in traceback.walk_tb(seen.__traceback__)]
            told += [repr(f.f_locals) for f in frames if "/tests/" not in f.f_code.co_filename]
        told.append(repr(seen))
        told += [repr(dict(v) if isinstance(v, Mapping) else v) for v in vars(seen).values()]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(told)


def test_a_refusal_knows_the_status_the_headers_the_request_and_the_operation(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(404, b'{"message":"no such build"}', X_Request_Id="req-7", X_Other="o")

    with pytest.raises(NotFound) as raised:
        cloud.builds_v3.get_build(build_id="b")

    error = raised.value
    assert (error.status, error.message, error.operation) == (404, "no such build", "GetBuild")
    assert (error.request_id, error.headers["x-other"], error.body) == ("req-7", "o", None)


def test_a_refusal_in_another_shape_keeps_what_came(server: Server, cloud: HathoraCloud) -> None:
    server.answers(404, b"<html>nothing here</html>", Content_Type="text/html")

    with pytest.raises(NotFound) as raised:
        cloud.builds_v3.get_build(build_id="b")
    assert raised.value.body == "<html>nothing here</html>"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (202, {"Content_Type": "application/json"}),
        (302, {"Location": "/elsewhere"}),
        (200, {"Content_Type": "text/html"}),
        (200, {"Content_Type": "application/octet-stream"}),
    ],
)
def test_an_answer_of_another_kind_is_unexpected(
    server: Server, cloud: HathoraCloud, status: int, headers: dict[str, str]
) -> None:
    server.answers(status, b'{"builds":[]}', **headers)

    with pytest.raises(UnexpectedAnswer) as raised:
        cloud.builds_v3.get_builds()
    assert raised.value.status == status
    assert raised.value.body == '{"builds":[]}'
    assert raised.value.hint == "is the endpoint really a Hathora API?"


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/problem+json"]
)
def test_json_is_known_by_any_of_its_names(server: Server, cloud: HathoraCloud, kind: str) -> None:
    server.answers(200, b'{"builds":[]}', Content_Type=kind)
    assert cloud.builds_v3.get_builds().builds == []


def test_an_answer_that_does_not_fit_is_shown_with_every_problem_on_a_line(
    server: Server, cloud: HathoraCloud
) -> None:
    build = {"buildId": 7, "orgId": "o", "status": "created", "createdBy": "me"}
    server.answers(200, json.dumps({"builds": [build]}).encode(), X_Request_Id="req-8")

    with pytest.raises(ResponseValidationError) as raised:
        cloud.builds_v3.get_builds()

    error = raised.value
    assert error.pretty().splitlines()[0] == "the answer to GetBuilds does not fit the contract"
    assert "  builds.0.buildId: Input should be a valid string" in error.pretty().splitlines()
    assert "  builds.0.createdAt: Field required" in error.pretty().splitlines()
    assert error.raw_value == {"builds": [build]}
    assert error.request_id == "req-8"


def test_an_answer_that_is_no_json_is_kept_as_text(server: Server, cloud: HathoraCloud) -> None:
    server.answers(200, b'{"builds": [')

    with pytest.raises(ResponseValidationError, match="Invalid JSON") as raised:
        cloud.builds_v3.get_builds()
    assert raised.value.raw_value == '{"builds": ['


def test_a_call_that_does_not_fit_is_shown_with_every_problem_on_a_line(
    cloud: HathoraCloud,
) -> None:
    with pytest.raises(RequestValidationError) as raised:
        cloud.builds_v3.create_build(build_size_in_bytes="many", build_id=7)  # type: ignore[arg-type]  # on purpose

    assert raised.value.pretty().splitlines() == [
        "CreateBuild cannot be called so",
        "  build_size_in_bytes: Input should be a valid integer, unable to parse string as an integer",
        "  build_id: Input should be a valid string",
    ]
    assert raised.value.raw_value == {"build_size_in_bytes": "many", "build_id": 7}


def test_what_is_secret_in_a_call_that_does_not_fit_is_not_kept(cloud: HathoraCloud) -> None:
    with pytest.raises(RequestValidationError) as raised:
        cloud.deployments_v3.create_deployment(
            env=[{"name": "KEY", "value": "hidden-value"}], build_id="b"
        )  # type: ignore[call-arg, list-item]  # on purpose

    assert raised.value.raw_value == {
        "env": [{"name": "KEY", "value": "[REDACTED]"}],
        "build_id": "b",
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"token": "hidden-player", "more": 1',
        b'["hidden-player"]',
        b'{"token": ["hidden-player"]}',
        b'"hidden-player"',
    ],
)
def test_what_may_be_secret_in_an_answer_that_does_not_fit_is_not_kept(
    server: Server, cloud: HathoraCloud, body: bytes
) -> None:
    server.answers(200, body)

    with pytest.raises(ResponseValidationError) as raised:
        cloud.auth_v1.login_anonymous()
    assert "hidden-player" not in told_by(raised.value, locals=True)


@pytest.mark.parametrize("status", [200, 202, 302, 401, 500, 502])
def test_a_token_that_the_server_repeats_is_not_told(
    server: Server, cloud: HathoraCloud, status: int
) -> None:
    def repeat(handler: Handler) -> None:
        sent = handler.headers["Authorization"]
        body = json.dumps({"message": f"who is {sent}?", "builds": sent}).encode()
        handler.send(status, body, X_Echo=sent, Set_Cookie="session=hidden-session")

    server.answer = repeat
    with pytest.raises((ApiError, ResponseValidationError)) as raised:
        cloud.builds_v3.get_builds()

    assert TOKEN not in told_by(raised.value)
    assert "hidden-session" not in told_by(raised.value)


def test_what_else_was_secret_in_a_call_is_not_told_either(
    server: Server, cloud: HathoraCloud
) -> None:
    def repeat(handler: Handler) -> None:
        body = server.asked[-1].body.decode()
        handler.send(400, json.dumps({"message": f"cannot read {body}"}).encode(), X_Echo=body)

    server.answer = repeat
    with pytest.raises(BadRequest, match="cannot read") as deployment:
        cloud.execute(
            CreateDeployment(
                build_id="b",
                requested_cpu=0.5,
                requested_memory_mb=1024,
                container_port=7777,
                transport_type=TransportType.UDP,
                rooms_per_process=1,
                env=[EnvironmentVariable(name="KEY", value=Secret("hidden-value"))],
                idle_timeout_enabled=False,
            )
        )
    by_google = LoginGoogle(id_token=Secret("hidden-id"))
    with pytest.raises(BadRequest, match="cannot read") as login:
        cloud.execute(by_google)

    assert "hidden-value" not in told_by(deployment.value)
    assert "hidden-id" not in told_by(login.value)


def test_a_cut_shows_no_token_in_any_frame_or_cause(server: Server, connect: Connect) -> None:
    server.answer = cut
    cloud = connect(Secret("hidden-token"))

    with pytest.raises(ConnectionError) as raised:
        cloud.builds_v3.get_builds()
    assert "hidden-token" not in told_by(raised.value, locals=True)


@pytest.mark.parametrize("ending", ["", "\x00"], ids=["refused", "not sent"])
def test_a_token_that_was_asked_for_is_shown_in_no_frame(
    server: Server, connect: Connect, ending: str
) -> None:
    server.answer = cut
    cloud = connect(lambda: "hidden-token" + ending)

    with pytest.raises(TransportError) as raised:
        cloud.builds_v3.get_builds()
    assert "hidden-token" not in told_by(raised.value, locals=True)


def test_a_player_is_shown_in_no_frame(server: Server, cloud: HathoraCloud) -> None:
    server.answers(404, b'{"message":"no"}')
    token = "hidden-token"

    with pytest.raises(NotFound) as raised:
        cloud.lobbies_v3.create_lobby(token, visibility=LobbyVisibility.LOCAL, region=Region.TOKYO)
    assert "hidden-token" not in told_by(raised.value, locals=True)


def test_a_client_that_cannot_be_made_can_be_shown(connect: Connect) -> None:
    token = Secret("hidden-token")
    with pytest.raises(EndpointError) as raised:
        connect(token, endpoint="nowhere")
    assert "hidden-token" not in told_by(raised.value, locals=True)


def test_a_value_that_does_not_fit_is_not_told() -> None:
    wrong = {"name": "KEY", "value": ["hidden-value"]}
    with pytest.raises(ValidationError) as raised:
        EnvironmentVariable.model_validate(wrong)
    assert "hidden-value" not in told_by(raised.value)


def test_an_answer_that_is_badly_compressed_is_an_error_of_the_client(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(200, b"no gzip", Content_Encoding="gzip")

    with pytest.raises(UnexpectedClientError) as raised:
        cloud.builds_v3.get_builds()
    assert "HATHORA_DEBUG=1" in str(raised.value.hint)


def test_a_function_that_gives_no_token_is_a_clear_error(server: Server, connect: Connect) -> None:
    def locked() -> str:
        raise OSError("the keyring is locked")

    with pytest.raises(
        TokenError, match="the function that gives the token failed: OSError"
    ) as raised:
        connect(locked).builds_v3.get_builds()
    assert isinstance(raised.value.__cause__, OSError)
    with pytest.raises(TokenError, match="the one given is a int"):
        connect(lambda: 5).builds_v3.get_builds()
    assert server.asked == []


@pytest.mark.parametrize(
    "header",
    [{"X-A": "hidden\r\nX-B: 1"}, {"X-A": "hidden\u20ac"}, {"X A": "hidden"}, {"X-A": " hidden"}],
)
def test_a_header_that_cannot_be_sent_is_refused_and_not_shown(
    server: Server, connect: Connect, header: dict[str, str]
) -> None:
    with pytest.raises(InvalidRequestError, match="characters that no header has") as raised:
        connect(headers=header).builds_v3.get_builds()
    assert "hidden" not in str(raised.value)
    assert server.asked == []


def test_every_error_of_the_client_is_one_that_a_user_can_catch() -> None:
    from hathora_deploy.client import errors
    from hathora_deploy.errors import HathoraError

    found: list[Any] = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert all(issubclass(each, HathoraError) for each in found)
    # The drawing at the top of the file names them all.
    assert [each.__name__ for each in found if each.__name__ not in str(errors.__doc__)] == [
        "HathoraError"
    ]
