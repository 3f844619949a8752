"""What a client is given, and what one of its calls is given instead."""

from __future__ import annotations

import errno

import pytest
import requests

from hathora_deploy.api.errors import NotFound
from hathora_deploy.client import SERVERS, HathoraCloud, Hooks, Request, Response, RetryPolicy
from hathora_deploy.client.causes import described
from hathora_deploy.client.errors import ConnectionError, EndpointError, InvalidRequestError
from hathora_deploy.client.options import Changes, Options
from hathora_deploy.errors import HathoraError
from hathora_deploy.secret import Secret
from tests.client.conftest import Connect
from tests.client.serving import Server, cut, served, whole

NO_BUILDS = whole(200, b'{"builds":[]}')


def test_a_call_has_other_options_than_its_client(server: Server, cloud: HathoraCloud) -> None:
    server.answer = NO_BUILDS

    other = cloud.with_options(
        token="other-token", org_id="org-2", headers={"X-Studio": "s"}, user_agent="studio/1"
    )
    other.builds_v3.get_builds()
    cloud.builds_v3.get_builds()

    first, second = server.asked
    assert first.path == "/builds/v3/builds?orgId=org-2"
    assert first.headers["authorization"] == "Bearer other-token"
    assert (first.headers["x-studio"], first.headers["user-agent"]) == ("s", "studio/1")
    assert second.path == "/builds/v3/builds?orgId=org-1"
    assert second.headers["authorization"] == "Bearer org-token"
    assert "x-studio" not in second.headers


def test_a_call_goes_to_another_endpoint(server: Server, cloud: HathoraCloud) -> None:
    with served() as second:
        second.answer = NO_BUILDS
        cloud.with_options(endpoint=f"{second.endpoint}/prefix/").builds_v3.get_builds()

    assert [asked.path for asked in second.asked] == ["/prefix/builds/v3/builds?orgId=org-1"]
    assert server.asked == []


def test_a_client_and_its_calls_share_connections(server: Server, connect: Connect) -> None:
    server.answer = NO_BUILDS
    ports: list[int] = []
    server.answer = lambda handler: (ports.append(handler.client_address[1]), NO_BUILDS(handler))[1]

    cloud = connect()
    for seconds in (30.0, 60.0):
        cloud.with_options(timeout=seconds).builds_v3.get_builds()

    assert len(set(ports)) == 1


def test_every_option_of_a_client_is_one_of_a_call() -> None:
    assert {*Changes.__annotations__} == {*Options.__dataclass_fields__}


def test_a_server_is_named_by_its_index_or_by_its_url() -> None:
    assert SERVERS[0] == "https://api.hathora.dev"
    with HathoraCloud(endpoint=0) as cloud:
        assert cloud.endpoint == SERVERS[0]
        assert (
            cloud.with_options(endpoint="http://localhost:1/x/").endpoint == "http://localhost:1/x"
        )
        for wrong in (1, -1):
            with pytest.raises(InvalidRequestError, match=f"no server {wrong}"):
                cloud.with_options(endpoint=wrong)
        with pytest.raises(EndpointError):
            cloud.with_options(endpoint="localhost")


def test_the_line_end_of_a_file_is_no_part_of_an_endpoint() -> None:
    with HathoraCloud(endpoint="http://localhost:1/x\n") as cloud:
        assert cloud.endpoint == "http://localhost:1/x"


@pytest.mark.parametrize("option", ["timeout", "deadline"])
@pytest.mark.parametrize("seconds", [1e7, 1e12, float("inf")])
def test_a_time_longer_than_any_wait_is_no_limit(
    server: Server, connect: Connect, option: str, seconds: float
) -> None:
    server.answer = NO_BUILDS
    options = {"timeout": None, option: seconds}

    assert connect(**options).builds_v3.get_builds().builds == []


@pytest.mark.parametrize("option", ["timeout", "deadline"])
@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_a_time_that_makes_no_sense_is_refused(option: str, seconds: float) -> None:
    with pytest.raises(InvalidRequestError, match=option):
        HathoraCloud(**{option: seconds})  # type: ignore[arg-type]  # of a name


def test_a_token_is_asked_for_before_each_attempt(server: Server, connect: Connect) -> None:
    given = iter(["first-token", Secret("second-token"), "bearer third-token", None])
    server.answers_in_turn(whole(503), NO_BUILDS)
    cloud = connect(lambda: next(given), retries=RetryPolicy(initial_interval=0.0))
    for _ in range(3):
        cloud.builds_v3.get_builds()

    assert [asked.headers.get("authorization") for asked in server.asked] == [
        "Bearer first-token",
        "Bearer second-token",
        "bearer third-token",
        None,
    ]


def test_a_header_of_the_program_replaces_that_of_the_client(
    server: Server, connect: Connect
) -> None:
    server.answer = NO_BUILDS
    connect(headers={"authorization": "Basic abc", "ACCEPT": "*/*"}).builds_v3.get_builds()

    assert server.asked[0].headers["authorization"] == "Basic abc"
    assert server.asked[0].headers["accept"] == "*/*"


def test_no_option_shows_a_secret() -> None:
    shown = repr(Options().changed(token="hidden", headers={"Authorization": "hidden"}))

    assert "hidden" not in shown
    assert "token=[REDACTED]" in shown


def test_hooks_see_every_attempt_and_change_what_is_sent(server: Server, connect: Connect) -> None:
    seen: list[object] = []

    def signed(request: Request) -> Request:
        seen.append(request.method)
        return request.with_headers({"X-Signature": str(len(seen))})

    def answered(response: Response, request: Request) -> None:
        seen.append(
            (response.status, response.headers["x-request-id"], request.headers["x-signature"])
        )

    def failed(error: HathoraError, request: Request) -> None:
        seen.append((type(error).__name__, request.method))

    server.answers_in_turn(
        cut, whole(503, X_Request_Id="a"), whole(200, b'{"builds":[]}', X_Request_Id="b")
    )
    hooks = Hooks(before_request=(signed,), after_response=(answered,), on_error=(failed,))
    policy = RetryPolicy(initial_interval=0.0, connection_errors=True)
    connect(hooks=hooks, retries=policy).builds_v3.get_builds()

    assert seen == [
        "GET",
        ("ConnectionError", "GET"),
        "GET",
        (503, "a", "3"),
        "GET",
        (200, "b", "5"),
    ]
    assert [asked.headers["x-signature"] for asked in server.asked] == ["1", "3", "5"]


@pytest.mark.parametrize("which", ["before_request", "after_response", "on_error"])
def test_what_a_hook_raises_is_raised(server: Server, connect: Connect, which: str) -> None:
    def fail(*_: object) -> None:
        raise NotFound("raised by the hook")

    server.answer = cut if which == "on_error" else NO_BUILDS
    policy = RetryPolicy(statuses=(404,), initial_interval=0.0, connection_errors=True)
    with pytest.raises(NotFound, match="raised by the hook"):
        connect(hooks=Hooks(**{which: (fail,)}), retries=policy).builds_v3.get_builds()
    assert len(server.asked) == (0 if which == "before_request" else 1)


def test_a_hook_that_returns_something_else_is_an_error(server: Server, connect: Connect) -> None:
    hooks = Hooks(before_request=(lambda request: "request",))  # type: ignore[return-value, arg-type]  # on purpose

    with pytest.raises(InvalidRequestError, match="returns a Request, or None"):
        connect(hooks=hooks).builds_v3.get_builds()
    assert server.asked == []


def test_a_client_that_blocks_awaits_nothing(server: Server) -> None:
    async def token() -> str:
        return "late"

    with (
        HathoraCloud(token, endpoint=server.endpoint) as cloud,
        pytest.raises(InvalidRequestError, match="token is async") as raised,
    ):
        cloud.builds_v3.get_builds()
    assert "AsyncHathoraCloud" in str(raised.value.hint)


class Recording(requests.adapters.HTTPAdapter):
    """An adapter of a program's own."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def send(
        self, request: requests.PreparedRequest, *args: object, **kwargs: object
    ) -> requests.Response:
        self.sent.append(str(request.url))
        return super().send(request, *args, **kwargs)  # type: ignore[arg-type]  # as they came


def test_a_session_of_the_program_is_used_and_left_open(server: Server) -> None:
    server.answer = NO_BUILDS
    adapter = Recording()
    with requests.Session() as session:
        session.mount("http://", adapter)
        session.headers["X-Session"] = "s"
        with HathoraCloud("t", endpoint=server.endpoint, session=session) as cloud:
            cloud.builds_v3.get_builds()
        assert session.get(f"{server.endpoint}/after").ok

    assert adapter.sent == [f"{server.endpoint}/builds/v3/builds", f"{server.endpoint}/after"]
    assert server.asked[0].headers["x-session"] == "s"


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    server: Server, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    server.answer = NO_BUILDS

    assert connect().builds_v3.get_builds().builds == []


def test_a_proxy_of_the_session_is_asked(server: Server) -> None:
    server.answer = NO_BUILDS
    with requests.Session() as session:
        session.proxies = {"http": server.endpoint}
        with HathoraCloud("t", endpoint="http://cloud.invalid", session=session) as cloud:
            cloud.builds_v3.get_builds()
    assert server.asked[0].path == "http://cloud.invalid/builds/v3/builds"


def test_a_proxy_that_does_not_answer_is_named_as_the_reason() -> None:
    with requests.Session() as session:
        session.proxies = {"http": "http://user:hidden@127.0.0.1:9"}
        with (
            HathoraCloud("t", endpoint="http://cloud.invalid", session=session) as cloud,
            pytest.raises(ConnectionError, match="the proxy, which refused the conn") as raised,
        ):
            cloud.builds_v3.get_builds()
    assert not raised.value.was_sent
    assert "NO_PROXY=cloud.invalid" in str(raised.value.hint)
    assert "hidden" not in f"{raised.value} {raised.value.hint}"


@pytest.mark.parametrize(
    ("status", "hint"),
    [(407, "HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT"), (502, "NO_PROXY=cloud.invalid")],
)
def test_a_proxy_that_refuses_is_named_as_the_reason(
    server: Server, connect: Connect, monkeypatch: pytest.MonkeyPatch, status: int, hint: str
) -> None:
    server.answers(status)
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, server.endpoint)

    with pytest.raises(ConnectionError, match=f"the proxy, which answered HTTP {status}") as raised:
        connect(endpoint="https://cloud.invalid").builds_v3.get_builds()
    assert not raised.value.was_sent
    assert hint in str(raised.value.hint)


@pytest.mark.parametrize(
    "proxy", ["socks5://ada:hidden@127.0.0.1:9", "http://ada:hidden@a:b", "ftp://a:9", "http://"]
)
def test_a_proxy_that_cannot_be_asked_is_not_taken_for_the_endpoint(
    proxy: str,
) -> None:
    with requests.Session() as session:
        session.proxies = {"https": proxy}
        with (
            HathoraCloud("t", endpoint="https://cloud.invalid", session=session) as cloud,
            pytest.raises(
                InvalidRequestError, match=r"cloud.invalid cannot be asked: its proxy"
            ) as e,
        ):
            cloud.builds_v3.get_builds()
    assert "HTTPS_PROXY" in str(e.value.hint)
    assert "hidden" not in f"{e.value} {e.value.hint}"


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH])
def test_a_network_without_a_way_to_the_cloud_has_cut_nothing(number: int) -> None:
    assert described([OSError(number, "No route")]).startswith("cannot be reached: the network")
