"""What every operation has in common: tokens, shapes, refusals."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings, strategies as st

from hathora_deploy.api.catalog import ALL, OPERATIONS
from hathora_deploy.api.errors import NotServed, Unauthorized, UnprocessableEntity
from hathora_deploy.api.operation import Auth
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.routes import DEPRECATED_ROUTES, ROUTES
from tests.cloud.handlers.conftest import Running, some_name
from tests.cloud.serving import served

SERVED = {route.shape.operation.__name__ for route in [*ROUTES, *DEPRECATED_ROUTES]}


def path_of(operation: str) -> str:
    path = ALL[operation].shape.path
    for name in ALL[operation].shape.in_path:
        path = path.replace(f"{{{name}}}", "Seattle" if name == "region" else "x")
    return path


def url(running: Running, operation: str) -> str:
    return running.endpoint + path_of(operation)


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("token", [None, "garbage"])
def test_every_operation_that_needs_a_token_refuses_a_call_without_a_good_one(
    running: Running, name: str, token: str | None
) -> None:
    shape = ALL[name].shape
    if shape.auth is not Auth.ORGANIZATION:
        return
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    answer = requests.request(shape.method, url(running, name), headers=headers, json={})

    assert answer.status_code == 401
    assert "token" in answer.json()["message"]


def test_every_operation_of_the_contract_is_served() -> None:
    assert set(OPERATIONS) <= SERVED


def test_an_operation_that_is_not_served_would_say_so_by_name(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hathora_deploy.cloud.app.ROUTES", [])
    token = running.cloud.settings.token_file.read_text()
    with served(create_app(running.cloud)) as endpoint:
        for name, operation in OPERATIONS.items():
            if operation.shape.auth is Auth.PLAYER:
                continue  # whoever asks is no player of an app
            answer = requests.request(
                operation.shape.method,
                endpoint + path_of(name),
                headers={"Authorization": f"Bearer {token}"},
            )
            assert answer.status_code == 501
            assert answer.json()["message"] == f"{name} is not served by this cloud yet"


def test_the_client_knows_an_operation_that_is_not_served(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hathora_deploy.cloud.app.ROUTES", [])
    token = running.cloud.settings.token_file.read_text()
    with (
        served(create_app(running.cloud)) as endpoint,
        pytest.raises(NotServed, match="GetFleets is not served"),
    ):
        HathoraCloud(token, endpoint=endpoint).fleets_v2.get_fleets()


NUMBERS = st.sampled_from([-1, 0, 2**31, 2**53, 2**63, 10**30, 10**400, 1e308, float("inf")])
WORDS = st.sampled_from(["", "x", "\0", "\ud800", "x" * 9000, "9" * 5000, "NaN", "udp", "Seattle"])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
)


@pytest.mark.parametrize("name", sorted(SERVED))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_nothing_that_is_sent_makes_the_cloud_fail(
    running: Running, client: HathoraCloud, name: str, data: st.DataObject
) -> None:
    shape = ALL[name].shape
    path = shape.path
    for placeholder in shape.in_path:
        value = client.app_id if placeholder == "appId" else data.draw(WORDS)
        path = path.replace(f"{{{placeholder}}}", quote(str(value), safe="", errors="replace"))
    query = {key: data.draw(WORDS).encode(errors="replace") for key in shape.in_query}
    body = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(shape.in_body, VALUES)))

    answer = requests.request(
        shape.method,
        running.endpoint + path,
        params=query,
        data=json.dumps(body),
        headers={"Authorization": f"Bearer {running.cloud.settings.token_file.read_text()}"},
        timeout=30,
    )

    assert answer.status_code < 500, answer.text


def test_a_build_larger_than_any_disk_is_refused(client: HathoraCloud) -> None:
    with pytest.raises(UnprocessableEntity, match="buildSizeInBytes"):
        client.builds_v3.create_build(build_size_in_bytes=10**30)


def test_a_foreign_host_is_refused(running: Running) -> None:
    answer = requests.get(f"{running.endpoint}/discovery/v2/ping", headers={"Host": "evil.test"})

    assert answer.status_code == 403
    assert "Host" in answer.json()["message"]


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "https://127.0.0.1.evil.test"])
def test_a_page_of_another_origin_is_refused(running: Running, origin: str) -> None:
    answer = requests.get(f"{running.endpoint}/discovery/v2/ping", headers={"Origin": origin})

    assert answer.status_code == 403
    assert "origin" in answer.json()["message"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:7350"])
def test_the_names_of_loopback_are_its_own(running: Running, host: str) -> None:
    answer = requests.get(f"{running.endpoint}/discovery/v2/ping", headers={"Host": host})

    assert answer.status_code == 200


def test_a_body_that_does_not_fit_is_refused_with_the_place_and_the_problem(
    running: Running, client: HathoraCloud
) -> None:
    token = running.cloud.settings.token_file.read_text()

    answer = requests.post(
        f"{running.endpoint}/rooms/v2/{client.app_id}/create",
        headers={"Authorization": f"Bearer {token}"},
        json={"region": "Atlantis", "roomConfig": 5},
    )

    assert answer.status_code == 422
    message = answer.json()["message"]
    assert "region: 'Atlantis' is not one of Seattle" in message
    assert "roomConfig" in message


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(running: Running, body: bytes) -> None:
    token = running.cloud.settings.token_file.read_text()

    answer = requests.post(
        f"{running.endpoint}/builds/v3/builds",
        headers={"Authorization": f"Bearer {token}"},
        data=body,
    )

    assert answer.status_code == 422


def test_an_unknown_path_is_answered_in_the_shape_of_an_error(running: Running) -> None:
    answer = requests.get(f"{running.endpoint}/nowhere")

    assert answer.status_code == 404
    assert answer.json() == {"message": "GET /nowhere is no operation of the Hathora API"}


def test_a_method_that_a_path_does_not_have_is_answered_so_too(running: Running) -> None:
    answer = requests.delete(f"{running.endpoint}/builds/v3/builds")

    assert answer.status_code == 405
    assert "message" in answer.json()
    assert answer.headers["Allow"] == "GET, HEAD, POST"


def test_a_revoked_token_is_refused_at_once(running: Running) -> None:
    org_id = running.client.organizations_v1.get_orgs().orgs[0].org_id
    created = running.client.tokens_v1.create_org_token(org_id=org_id, name=some_name())
    client = running.client_with(token=created.plain_text_token.reveal())
    assert client.organizations_v1.get_orgs().orgs[0].org_id == org_id

    assert running.client.tokens_v1.revoke_org_token(
        org_id=org_id, org_token_id=created.org_token.org_token_id
    )

    with pytest.raises(Unauthorized):
        client.organizations_v1.get_orgs()
