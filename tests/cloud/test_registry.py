from __future__ import annotations

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.cloud.registry import image_of
from hathora_deploy.secret import Secret

DIGEST = "sha256:" + "0123456789abcdef" * 4


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("image", "registry_url", "reference"),
    [
        ("game", None, "game:latest"),
        ("game:1.2", None, "game:1.2"),
        ("studio/game:1.2", None, "studio/game:1.2"),
        ("ghcr.io/studio/game", None, "ghcr.io/studio/game:latest"),
        ("localhost:5000/game", None, "localhost:5000/game:latest"),
        ("game@" + DIGEST, None, "game@" + DIGEST),
        ("ghcr.io/game:1@" + DIGEST, None, "ghcr.io/game@" + DIGEST),
        ("studio/game:1", "ghcr.io", "ghcr.io/studio/game:1"),
        ("studio/game:1", "https://ghcr.io/", "ghcr.io/studio/game:1"),
        ("game:1", "http://127.0.0.1:5000", "127.0.0.1:5000/game:1"),
        ("game:1", "[::1]:5000", "[::1]:5000/game:1"),
        ("game", "https://ghcr.io/studio", "ghcr.io/studio/game:latest"),
        ("game", "https://registry.example.com/v2/", "registry.example.com/game:latest"),
        ("game", "https://index.docker.io/v1/", "game:latest"),
        ("quay.io/game", "ghcr.io", "quay.io/game:latest"),
        ("game", "", "game:latest"),
    ],
)
def test_an_image_is_that_of_the_registry_it_names_or_else_of_the_one_that_is_named(
    image: str, registry_url: str | None, reference: str
) -> None:
    assert image_of(image, registry_url, None).reference == reference


@pytest.mark.parametrize(
    "image",
    [
        "",
        ":1",
        "@",
        "Studio/Game",
        "game:",
        "a b",
        "game:1:2",
        "/game",
        "game/",
        "game@1",
        "a//b",
        "-game",
        "../game",
        "game:" + "x" * 129,
        "x" * 256,
        "user:pw@host/game",
        "http://host/game",
    ],
)
def test_what_names_no_image_is_refused(image: str) -> None:
    with pytest.raises(UnprocessableEntity, match="image: not the name"):
        image_of(image, None, None)


@pytest.mark.parametrize(
    "registry_url", ["https://user:hunter2@ghcr.io", "ftp://ghcr.io", "gh cr", "?", "ghcr.io?x=1"]
)
def test_an_address_that_is_none_is_refused_without_being_repeated(registry_url: str) -> None:
    with pytest.raises(UnprocessableEntity, match="registryUrl") as caught:
        image_of("game", registry_url, None)
    assert registry_url not in str(caught.value)


@pytest.mark.parametrize("password", ["pw", "p:w", "ünïcode?>", "{", "a" * 3000])
def test_a_login_is_read_in_every_form_that_docker_and_its_users_know(password: str) -> None:
    as_json = json.dumps({"username": "me", "password": password, "email": None})
    for auth in (
        f"me:{password}",
        encoded(f"me:{password}"),
        as_json,
        encoded(as_json),
        encoded(as_json).rstrip("="),
        base64.urlsafe_b64encode(as_json.encode()).decode(),
        f" {encoded(as_json)}\n",
    ):
        login = image_of("game", None, Secret(auth)).login
        assert login is not None
        assert (login.user, login.password.reveal()) == ("me", password)


@pytest.mark.parametrize(
    "auth",
    [
        "token",
        ":pw",
        "me:",
        "{",
        "{}",
        "[]",
        "null",
        "{" * 100000,
        encoded("token"),
        encoded("[]"),
        '{"username": "me"}',
        '{"username": 1, "password": 2}',
        encoded("{"),
        "=",
    ],
)
def test_a_login_that_cannot_be_read_is_refused_without_being_repeated(auth: str) -> None:
    with pytest.raises(UnprocessableEntity, match="auth: neither") as caught:
        image_of("game", None, Secret(auth))
    assert "token" not in str(caught.value)


def test_no_login_and_an_empty_one_are_the_same() -> None:
    assert image_of("game", None, None) == image_of("game", None, Secret(""))


def test_a_password_is_not_seen_where_an_image_is_printed() -> None:
    assert "hunter2" not in repr(image_of("game", None, Secret("me:hunter2")))


@given(st.text(), st.none() | st.text(), st.none() | st.text().map(Secret))
def test_any_text_is_either_read_or_refused(
    image: str, registry_url: str | None, auth: Secret | None
) -> None:
    with suppress(UnprocessableEntity):
        image_of(image, registry_url, auth)
