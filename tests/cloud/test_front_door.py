"""The bounds of each caller, on a cloud over a real socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.requests import Request

from hathora_deploy.api.apps import GetApps
from hathora_deploy.api.auth import LoginAnonymous
from hathora_deploy.api.errors import NotFound, TooManyRequests
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import Operation
from hathora_deploy.api.rooms import GetConnectionInfo
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.bodies import BodyDeadline
from hathora_deploy.cloud.front_door import FrontDoor
from hathora_deploy.cloud.rates import Rate
from hathora_deploy.cloud.request_body import LARGE_AT_ONCE, LARGEST_OF_STRANGERS
from hathora_deploy.cloud.settings import CloudSettings
from tests.cloud.handlers.conftest import Running, deploy, eventually, running
from tests.cloud.serving import address_of, rest_of, served

__all__ = ["running"]  # the cloud that the tests of handlers have

SLOW = Rate(0.001, 3)


@contextmanager
def bounded(running: Running, **bounds: Any) -> Iterator[str]:
    """The endpoint of the same cloud, with other bounds."""
    cloud = replace(running.cloud, settings=replace(running.cloud.settings, **bounds))
    with served(create_app(cloud)) as endpoint:
        yield endpoint


def call(endpoint: str, token: str | None, path: str = "/apps/v2/apps") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(endpoint + path, headers=headers, timeout=20)


def test_a_token_that_calls_too_often_is_told_when_to_come_again_and_others_are_served(
    running: Running,
) -> None:
    own, other = running.cloud.settings.token_file.read_text(), running.token_of_other_org()
    with bounded(running, call_rate=Rate(0.1, 3)) as endpoint:
        answers = [call(endpoint, own) for _ in range(5)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[-1].json() == {
            "message": "too many calls with this token: at most 0.1 a second"
        }
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 10
        assert answers[-1].headers["X-Request-Id"]
        assert call(endpoint, other).status_code == 200


def test_the_client_raises_too_many_requests_once_its_retries_are_used_up(running: Running) -> None:
    with bounded(running, call_rate=SLOW) as endpoint:
        once = HathoraCloud(
            running.cloud.settings.token_file.read_text(),
            endpoint=endpoint,
            retries=RetryPolicy(max_attempts=1),
        )
        for _ in range(3):
            once.apps_v2.get_apps()
        with pytest.raises(TooManyRequests, match="too many calls with this token"):
            once.apps_v2.get_apps()


def test_players_who_poll_and_players_who_log_in_do_not_hinder_each_other(running: Running) -> None:
    with bounded(running, anonymous_rate=SLOW, poll_rate=Rate(0.001, 30)) as endpoint:
        client = HathoraCloud(endpoint=endpoint, app_id="none", retries=RetryPolicy(max_attempts=1))
        for _ in range(3):
            with pytest.raises(NotFound):
                client.auth_v1.login_anonymous()
        with pytest.raises(TooManyRequests, match=r"calls from 127\.0\.0\.1"):
            client.auth_v1.login_anonymous()
        for _ in range(30):
            with pytest.raises(NotFound):
                client.rooms_v2.get_connection_info(room_id="none")
        with pytest.raises(TooManyRequests, match="connection infos"):
            client.rooms_v2.get_connection_info(room_id="none")


def test_whoever_tries_one_token_after_another_is_slowed_down_and_a_good_one_is_not(
    running: Running,
) -> None:
    with bounded(running, refusal_rate=SLOW) as endpoint:
        statuses = [call(endpoint, f"guess-{number}").status_code for number in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        assert call(endpoint, None).status_code == 429
        assert call(endpoint, running.cloud.settings.token_file.read_text()).status_code == 200


def test_a_caller_that_reads_too_many_logs_is_refused_until_one_of_them_ends(
    running: Running,
) -> None:
    client = running.new_app()
    deploy(client)
    process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
    path = f"/logs/v1/{client.app_id}/process/{process_id}?follow=true"
    token = running.cloud.settings.token_file.read_text()
    with bounded(running, streams_per_caller=2) as endpoint, ExitStack() as open_streams:

        def follow() -> requests.Response:
            headers = {"Authorization": f"Bearer {token}"}
            return requests.get(endpoint + path, headers=headers, stream=True, timeout=20)

        first = follow()
        open_streams.callback(follow().close)

        refused = follow()
        assert refused.status_code == 429
        assert "2 streams" in refused.json()["message"]
        assert refused.headers["Retry-After"] == "1"
        assert call(endpoint, token).status_code == 200

        first.close()
        eventually(lambda: _status(follow()), lambda status: status == 200)
        client.processes_v3.stop_process(process_id=process_id)


def _status(response: requests.Response) -> int:
    response.close()
    return response.status_code


def test_strangers_may_send_little_and_nobody_else_is_read_before_it_is_known_who_calls(
    running: Running,
) -> None:
    large = json.dumps({"name": "x" * 100_000})
    anonymous = requests.post(
        f"{running.endpoint}/auth/v1/x/login/nickname", data=large, timeout=20
    )
    assert anonymous.status_code in (400, 422, 404)
    assert "larger than 65536" in anonymous.json()["message"]
    with socket.create_connection(address_of(running.endpoint), timeout=20) as connection:
        # Its body never comes: it is refused by what it says of itself.
        connection.sendall(
            b"POST /apps/v2/apps HTTP/1.1\r\nHost: localhost\r\n"
            b"Authorization: Bearer wrong\r\nContent-Length: 4000000\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 401")


def test_a_request_that_ends_in_two_places_is_refused_and_nothing_after_it_is_read(
    running: Running,
) -> None:
    with socket.create_connection(address_of(running.endpoint), timeout=20) as connection:
        connection.sendall(
            b"POST /auth/v1/x/login/anonymous HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\nGET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        answered = b""
        while piece := rest_of(connection):
            answered += piece
    assert answered.startswith(b"HTTP/1.1 400")
    assert answered.count(b"HTTP/1.1") == 1


def test_large_bodies_of_one_caller_are_read_a_few_at_once_and_hold_up_nothing_else(
    running: Running,
) -> None:
    token = running.cloud.settings.token_file.read_text()
    size = LARGEST_OF_STRANGERS + 1
    head = (
        f"POST /apps/v2/apps HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n"
        f"Authorization: Bearer {token}\r\n"
    ).encode()
    with ExitStack() as held:

        def begin(rest: bytes) -> socket.socket:
            address = address_of(running.endpoint)
            connection = held.enter_context(socket.create_connection(address, timeout=20))
            connection.sendall(head + rest)
            return connection

        unfinished = [begin(b"Expect: 100-continue\r\n\r\n") for _ in range(LARGE_AT_ONCE)]
        for each in unfinished:  # or the one below might be quicker
            assert each.recv(100).startswith(b"HTTP/1.1 100")
        waiting = begin(b"\r\n" + b"x" * size)
        waiting.settimeout(0.5)
        with pytest.raises(TimeoutError):
            waiting.recv(100)
        assert running.client.apps_v2.get_apps().applications is not None
        unfinished[0].close()
        waiting.settimeout(20)
        assert waiting.recv(100).startswith(b"HTTP/1.1 422")


def test_a_body_that_stops_coming_is_given_up(running: Running) -> None:
    app = create_app(running.cloud)
    impatient = BodyDeadline(app, piece_seconds=0.2)
    token = running.cloud.settings.token_file.read_text()
    with (
        served(impatient) as endpoint,
        socket.create_connection(address_of(endpoint), timeout=20) as connection,
    ):
        connection.sendall(
            b"POST /apps/v2/apps HTTP/1.1\r\nHost: localhost\r\n"
            b"Authorization: Bearer " + token.encode() + b"\r\nContent-Length: 100\r\n\r\n{"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("path", ["/uploads/key/1", "/uploads/key/complete"])
def test_an_upload_that_stops_coming_is_given_up_even_if_it_was_refused(
    running: Running, path: str
) -> None:
    method = "POST" if path.endswith("complete") else "PUT"
    with (
        served(BodyDeadline(create_app(running.cloud), piece_seconds=0.2)) as endpoint,
        socket.create_connection(address_of(endpoint), timeout=20) as connection,
    ):
        connection.sendall(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1".encode()
        )
        answer = b""
        while b"</Error>" not in answer:
            received = connection.recv(1000)
            assert received, answer
            answer += received
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"<Code>RequestTimeout</Code>" in answer


def request_of(operation: type[Operation[Any]], host: str = "10.0.0.1", token: str = "") -> Request:
    headers = [(b"authorization", token.encode())] if token else []
    return Request({"type": "http", "headers": headers, "client": (host, 1)})


def test_what_is_remembered_of_callers_is_bounded_and_those_that_call_stay_remembered(
    tmp_path: Path,
) -> None:
    settings = CloudSettings(tmp_path, call_rate=SLOW)
    door = FrontDoor(settings, clock=lambda: 1000.0, remembered=100)
    runaway = request_of(GetApps, token="Bearer runaway")
    for _ in range(3):
        door.admit(GetApps.shape, runaway)
    for number in range(10_000):
        door.admit(GetApps.shape, request_of(GetApps, token=f"Bearer {number}"))
        if not number % 50:
            with pytest.raises(TooManyRequests):
                door.admit(GetApps.shape, runaway)
    assert len(door._full_at) <= 100


def test_a_thousand_players_behind_one_address_poll_undisturbed(tmp_path: Path) -> None:
    now = 1000.0
    door = FrontDoor(CloudSettings(tmp_path), clock=lambda: now)
    for _ in range(1000):
        door.admit(LoginAnonymous.shape, request_of(LoginAnonymous))
    for _ in range(60):
        now += 1
        for _ in range(1000):
            door.admit(GetConnectionInfo.shape, request_of(GetConnectionInfo))


def test_of_ipv6_a_network_is_one_caller(tmp_path: Path) -> None:
    door = FrontDoor(CloudSettings(tmp_path, anonymous_rate=SLOW), clock=lambda: 1000.0)
    for last in range(3):
        door.admit(LoginAnonymous.shape, request_of(LoginAnonymous, f"2001:db8::{last}"))
    with pytest.raises(TooManyRequests):
        door.admit(LoginAnonymous.shape, request_of(LoginAnonymous, "2001:db8::99:1"))
    door.admit(LoginAnonymous.shape, request_of(LoginAnonymous, "2001:db8:0:1::1"))
