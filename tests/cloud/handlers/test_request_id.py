from __future__ import annotations

import logging

import pytest
import requests
from starlette.applications import Starlette
from starlette.middleware import Middleware

from hathora_deploy.api.discovery import GetPingServiceEndpoints, PingEndpoints
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.front_door import FrontDoor
from hathora_deploy.cloud.request_id import RequestId
from hathora_deploy.cloud.serving import served as serve_operation
from hathora_deploy.cloud.turns import Turns
from tests.cloud.handlers.conftest import Running
from tests.cloud.serving import served

HEADER = "X-Request-Id"


def test_every_answer_bears_an_id_of_its_own(running: Running) -> None:
    answers = [
        requests.get(f"{running.endpoint}/discovery/v2/ping"),
        requests.get(f"{running.endpoint}/orgs/v1"),
        requests.get(f"{running.endpoint}/nowhere"),
        requests.get(f"{running.endpoint}/discovery/v2/ping", headers={"Host": "evil.test"}),
        requests.put(f"{running.endpoint}/uploads/none/parts/1", data=b"x"),
    ]

    assert [answer.status_code for answer in answers][:4] == [200, 401, 404, 403]
    assert len({answer.headers[HEADER] for answer in answers}) == len(answers)


def test_the_id_of_the_caller_is_kept(running: Running) -> None:
    answer = requests.get(f"{running.endpoint}/nowhere", headers={HEADER: "build-7/step:2"})

    assert answer.headers[HEADER] == "build-7/step:2"


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "\x1b[31m", "é", '{"a":1}'])
def test_an_id_that_has_no_place_in_a_log_is_replaced(running: Running, given: str) -> None:
    answer = requests.get(f"{running.endpoint}/nowhere", headers={HEADER: given.encode("latin-1")})

    assert answer.headers[HEADER] not in ("", given)


def test_the_log_of_the_cloud_names_the_id_of_a_call_that_failed(
    running: Running,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(operation: GetPingServiceEndpoints, call: Call) -> list[PingEndpoints]:
        raise ZeroDivisionError

    settings = running.cloud.settings
    route = serve_operation(
        running.cloud,
        GetPingServiceEndpoints.served_by(fail),
        FrontDoor(settings),
        Turns(settings.calls_per_caller),
        Turns(settings.calls_per_caller),
    )
    app = Starlette(routes=[route], middleware=[Middleware(RequestId)])
    with served(app) as endpoint, caplog.at_level(logging.ERROR):
        answer = requests.get(f"{endpoint}/discovery/v2/ping", headers={HEADER: "call-17"})

    assert answer.status_code == 500
    assert "call-17" in answer.json()["message"]
    assert "GetPingServiceEndpoints failed (request call-17)" in caplog.text
    assert "ZeroDivisionError" in caplog.text
