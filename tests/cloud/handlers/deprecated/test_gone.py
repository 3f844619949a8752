"""What no client calls any more."""

from __future__ import annotations

import pytest

from hathora_deploy.api.catalog import DEPRECATED
from hathora_deploy.api.operation import Auth
from hathora_deploy.cloud.routes import DEPRECATED_ROUTES
from tests.cloud.handlers.deprecated.conftest import OldClient

SERVED = {route.shape.operation.__name__ for route in DEPRECATED_ROUTES}
GONE = sorted(DEPRECATED.keys() - SERVED)


def test_what_real_clients_call_is_served() -> None:
    assert len(SERVED) == 44
    assert len(GONE) == 21


@pytest.mark.parametrize("name", GONE)
def test_an_operation_that_is_gone_says_what_to_call_instead(old: OldClient, name: str) -> None:
    shape = DEPRECATED[name].shape
    successor = shape.successor
    assert successor is not None
    client = old
    if shape.auth is Auth.PLAYER:
        app = old.get("/apps/v1/info/{app}")
        settings = {"appName": app["appName"], "authConfiguration": {"anonymous": {}}}
        old.post("/apps/v1/update/{app}", json=settings)
        token = old.post("/auth/v1/{app}/login/anonymous")["token"]
        client = OldClient(old.endpoint, token, old.app_id)

    answer = client.send(shape.method, shape.path.replace("{appId}", old.app_id))

    assert answer.status_code == 410
    message = answer.json()["message"]
    assert name in message
    assert f"{successor.__name__} instead, {successor.shape.method} {successor.shape.path}" in (
        message
    )


@pytest.mark.parametrize(
    "name", [name for name in GONE if DEPRECATED[name].shape.auth is not Auth.NONE]
)
def test_an_operation_that_is_gone_needs_a_token_as_it_did(old: OldClient, name: str) -> None:
    shape = DEPRECATED[name].shape
    nobody = OldClient(old.endpoint, "", old.app_id)

    answer = nobody.send(shape.method, shape.path.replace("{appId}", old.app_id))

    assert answer.status_code == 401
