"""The TypeScript SDK and the Python client send the same and make the same of every answer.

The server here is a stand-in: no real cloud can be brought to answer 402, 408 or 429, or broken
JSON, on demand. test_sdk_parity.py is about a real one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from hathora_deploy.api.operation import Auth
from tests.client.serving import Asked, Server, served
from tests.end_to_end.parity import samples
from tests.end_to_end.parity.agreement import disagreement, known_to_both
from tests.end_to_end.parity.answers import Answer, answers
from tests.end_to_end.parity.operations import OPERATIONS
from tests.end_to_end.parity.python_client import PythonClient
from tests.end_to_end.parity.samples import Extent
from tests.end_to_end.parity.sdk import Sdk
from tests.end_to_end.parity.told import Call, Json, Target, Told

# What is deprecated is called on purpose here.
pytestmark = pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")


@dataclass(frozen=True)
class Both:
    """Both clients, and the server that answers them."""

    sdk: Sdk
    client: PythonClient
    server: Server

    def told(self, call: Call, answer: Answer) -> tuple[Told, Told]:
        """What each makes of an answer."""
        headers = {"Content_Type": answer.media_type} if answer.media_type else {}
        self.server.answers(answer.status, answer.body, **headers)
        target = Target(self.server.endpoint, token="org-token")
        return self.sdk.tell(target, call), self.client.tell(target, call)

    def sent(self, target: Target, call: Call) -> tuple[dict[str, Json], dict[str, Json]]:
        """What each sends."""
        self.server.answers(599)
        self.server.asked.clear()
        self.sdk.tell(target, call)
        self.client.tell(target, call)
        by_sdk, by_client = self.server.asked
        return essence(by_sdk), essence(by_client)


@pytest.fixture(scope="module")
def both(sdk_folder: Path) -> Iterator[Both]:
    with Sdk(sdk_folder) as sdk, PythonClient(sdk.resources) as client, served() as server:
        yield Both(sdk, client, server)


def test_every_function_of_the_sdk_is_an_operation(both: Both) -> None:
    assert both.sdk.functions.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("extent", [Extent.FULL, Extent.MINIMAL])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_both_send_the_same(both: Both, operation: str, extent: Extent) -> None:
    target = Target(both.server.endpoint, "org-token", app_id="app-own", org_id="org-own")
    by_sdk, by_client = both.sent(target, call_of(operation, extent))

    assert by_client == by_sdk


@pytest.mark.parametrize("operation", OPERATIONS)
def test_both_make_the_same_of_every_answer(both: Both, operation: str) -> None:
    call = call_of(operation, Extent.FULL)
    wrong = {
        answer.name: difference
        for answer in answers(OPERATIONS[operation].shape)
        if (difference := disagreement(operation, *both.told(call, answer)))
    }

    assert wrong == {}


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
