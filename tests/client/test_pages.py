"""Answers that come a page at a time are followed to their end."""

from __future__ import annotations

import itertools
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from hathora_deploy.api.errors import NotFound, RequestValidationError, UnexpectedAnswer
from hathora_deploy.client import HathoraCloud
from tests.client.serving import Answer, Handler, Server

DEPLOYMENT = {
    "appId": "app-1",
    "buildId": "b",
    "requestedCPU": 1,
    "requestedMemoryMB": 1024,
    "createdBy": "me",
    "createdAt": "2026-01-02T03:04:05Z",
    "defaultContainerPort": {"name": "default", "port": 1, "transportType": "udp"},
    "additionalContainerPorts": [],
    "roomsPerProcess": 1,
    "env": [],
    "idleTimeoutEnabled": True,
}


def paging(pages: list[list[str]]) -> Answer:
    def answer(handler: Handler) -> None:
        token = parse_qs(urlsplit(handler.path).query).get("nextPageToken", ["0"])[0]
        number = int(token)
        body: dict[str, object] = {
            "deployments": [{**DEPLOYMENT, "deploymentId": each} for each in pages[number]]
        }
        if number + 1 < len(pages):
            body["nextPageToken"] = str(number + 1)
        handler.send(200, json.dumps(body).encode())

    return answer


def test_the_deployments_of_every_page_come_one_after_another(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answer = paging([["a", "b"], [], ["c"]])

    found = cloud.deployments_v3.deployments(deployment_tag="t")

    assert [each.deployment_id for each in found] == ["a", "b", "c"]
    assert [asked.path.partition("?")[2] for asked in server.asked] == [
        "deploymentTag=t",
        "deploymentTag=t&nextPageToken=1",
        "deploymentTag=t&nextPageToken=2",
    ]


def test_a_page_is_asked_for_when_it_is_needed(server: Server, cloud: HathoraCloud) -> None:
    server.answer = paging([["a", "b"], ["c"]])

    found = cloud.deployments_v3.deployments()
    assert server.asked == []
    assert [each.deployment_id for each in itertools.islice(iter(found), 2)] == ["a", "b"]
    assert len(server.asked) == 1


def test_pages_may_be_followed_from_one_that_is_named(server: Server, cloud: HathoraCloud) -> None:
    server.answer = paging([["a"], ["b"], ["c"]])

    found = cloud.deployments_v3.deployments(next_page_token="1")
    assert [each.deployment_id for each in found] == ["b", "c"]


def test_pages_that_lead_in_a_circle_are_an_error(server: Server, cloud: HathoraCloud) -> None:
    server.answers(200, b'{"deployments":[],"nextPageToken":"1"}')

    with pytest.raises(UnexpectedAnswer, match="leads back"):
        list(cloud.deployments_v3.deployments())
    assert len(server.asked) == 2


def test_a_wrong_argument_is_told_at_once_and_a_refusal_when_it_comes(
    server: Server, cloud: HathoraCloud
) -> None:
    with pytest.raises(RequestValidationError):
        cloud.deployments_v3.deployments(tag="t")  # type: ignore[call-arg]  # on purpose
    server.answers(404, b'{"message":"no such app"}')
    found = iter(cloud.deployments_v3.deployments())
    with pytest.raises(NotFound):
        next(found)
