"""The TypeScript SDK and the Python client send the same, and make the same of every answer.

The server here is a stand-in: no real cloud can be brought to answer 402, 408 or 429, or broken
JSON, on demand. test_sdk_parity.py is about a real one.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from hathora_deploy.api.operation import Auth
from tests.client.serving import Asked, Handler, Server, served
from tests.end_to_end.parity import samples
from tests.end_to_end.parity.agreement import (
    NOT_LISTED_BY_THE_SDK_YET,
    disagreement,
    known_to_both,
)
from tests.end_to_end.parity.answers import answers
from tests.end_to_end.parity.operations import OPERATIONS
from tests.end_to_end.parity.python_client import AsyncPythonClient, PythonClient
from tests.end_to_end.parity.samples import Extent, misfit
from tests.end_to_end.parity.sdk import Sdk
from tests.end_to_end.parity.told import Call, Json, Refusal, Target

# What is deprecated is called on purpose here.
pytestmark = pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")

CALL = Call("GetApp", {"appId": "app-1"})
Client = PythonClient | AsyncPythonClient


@dataclass(frozen=True)
class All:
    """The SDK, the Python client in both of its modes, and the server that answers them."""

    sdk: Sdk
    clients: Mapping[str, Client]
    server: Server

    def disagreements(self, target: Target, call: Call) -> list[str]:
        """What the Python client makes of an answer that the SDK does not make of it."""
        seen = self.sdk.tell(target, call)
        found = [
            disagreement(call.operation, seen, client.tell(target, call))
            for client in self.clients.values()
        ]
        return [each for each in found if each]

    def sent(self, target: Target, call: Call) -> dict[str, list[Json]]:
        """What each has sent, by the name of the client."""
        found = {}
        for name, client in {"SDK": self.sdk, **self.clients}.items():
            self.server.asked.clear()
            client.tell(target, call)
            found[name] = [essence(asked) for asked in self.server.asked]
        return found


@pytest.fixture(scope="module")
def parties(sdk_folder: Path) -> Iterator[All]:
    with (
        Sdk(sdk_folder) as sdk,
        PythonClient(sdk.resources) as blocking,
        AsyncPythonClient(sdk.resources) as awaited,
        served() as server,
    ):
        yield All(sdk, {"blocking": blocking, "awaited": awaited}, server)


def test_every_function_of_the_sdk_is_an_operation(parties: All) -> None:
    assert parties.sdk.functions.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("extent", [Extent.FULL, Extent.MINIMAL])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_all_send_the_same(parties: All, operation: str, extent: Extent) -> None:
    parties.server.answers(599)
    target = Target(parties.server.endpoint, "org-token", app_id="app-own", org_id="org-own")
    sent = parties.sent(target, call_of(operation, extent))

    assert len(sent["SDK"]) == 1
    assert sent["blocking"] == sent["SDK"]
    assert sent["awaited"] == sent["SDK"]


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if misfit(OPERATIONS[name])])
def test_nobody_sends_what_does_not_fit(parties: All, operation: str) -> None:
    parties.server.asked.clear()
    call = call_of(operation, Extent.FULL)
    wrong = replace(call, fields={**call.fields, str(misfit(OPERATIONS[operation])): [[]]})
    target = Target(parties.server.endpoint, "org-token")

    assert parties.disagreements(target, wrong) == []
    assert parties.server.asked == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_all_make_the_same_of_every_answer(parties: All, operation: str) -> None:
    call = call_of(operation, Extent.FULL)
    target = Target(parties.server.endpoint, "org-token")
    wrong = {}
    for answer in answers(OPERATIONS[operation].shape):
        headers = {"Content_Type": answer.media_type} if answer.media_type else {}
        parties.server.answers(answer.status, answer.body, **headers)
        if differences := parties.disagreements(target, call):
            wrong[answer.name] = differences

    assert wrong == {}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_lists_the_errors_that_the_sdk_lists(parties: All, operation: str) -> None:
    call, target = call_of(operation, Extent.MINIMAL), Target(parties.server.endpoint, app_id="a")
    listed = set()
    for status in (400, 401, 402, 403, 404, 408, 409, 410, 422, 429, 500):
        parties.server.answers(status, b'{"message":"because"}', Content_Type="application/json")
        seen = parties.sdk.tell(target, call)
        if isinstance(seen, Refusal) and seen.kind == "ApiError":
            listed.add(status)

    later = NOT_LISTED_BY_THE_SDK_YET.get(operation, set())
    assert listed | later == {*OPERATIONS[operation].shape.errors}
    assert not listed & later


def test_all_say_alike_that_nobody_answers(parties: All) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        target = Target(f"http://127.0.0.1:{unused.getsockname()[1]}")

        assert parties.disagreements(target, CALL) == []


def test_all_say_alike_that_the_connection_was_cut(parties: All) -> None:
    def hang_up(handler: Handler) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    parties.server.answer = hang_up

    assert parties.disagreements(Target(parties.server.endpoint), CALL) == []


def test_all_say_alike_that_the_answer_does_not_come_in_time(parties: All) -> None:
    release = threading.Event()

    def dawdle(handler: Handler) -> None:
        release.wait(30)
        handler.close_connection = True

    parties.server.answer = dawdle
    try:
        assert parties.disagreements(Target(parties.server.endpoint, timeout=0.5), CALL) == []
    finally:
        release.set()


def test_all_try_again_after_the_same_statuses(parties: All) -> None:
    target = Target(parties.server.endpoint, is_patient=True)
    tries: dict[str, dict[int, int]] = {"SDK": {}, "blocking": {}, "awaited": {}}
    for status in (400, 401, 404, 408, 409, 410, 422, 425, 429, *range(500, 506), 599):

        def refuse_once(handler: Handler, status: int = status) -> None:
            is_first = len(parties.server.asked) == 1
            handler.send(status if is_first else 418, b"{}")

        parties.server.answer = refuse_once
        for name, sent in parties.sent(target, CALL).items():
            tries[name][status] = len(sent)

    assert {status for status, sent in tries["SDK"].items() if sent > 1} >= {429, 503}
    assert tries["blocking"] == tries["SDK"]
    assert tries["awaited"] == tries["SDK"]


def call_of(operation: str, extent: Extent) -> Call:
    declared = OPERATIONS[operation]
    player = "player-token" if declared.shape.auth is Auth.PLAYER else None
    return known_to_both(Call(operation, samples.fields(declared, extent), player))


def essence(asked: Asked) -> dict[str, Json]:
    """A request without what differs between languages and means nothing."""
    url = urlsplit(asked.path)
    media_type = asked.headers.get("content-type", "").partition(";")[0]
    body: Json = asked.body
    if media_type == "application/json":
        body = json.loads(asked.body)
    elif media_type == "multipart/form-data":
        body = files(asked)
    return {
        "method": asked.method,
        "path": [unquote(segment) for segment in url.path.split("/")],
        "query": sorted(parse_qsl(url.query, keep_blank_values=True)),
        "authorization": asked.headers.get("authorization"),
        "accept": asked.headers["accept"],
        # A form without a file, as the SDK sends it, is nothing at all.
        "content": (media_type, body) if body else None,
    }


def files(asked: Asked) -> dict[str, bytes]:
    """The files of a form by their names."""
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + asked.body)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_content()
        for part in form.iter_parts()
    }
