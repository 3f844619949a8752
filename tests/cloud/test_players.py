from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, strategies as st

from hathora_deploy.api.errors import Unauthorized
from hathora_deploy.cloud import ids, players
from hathora_deploy.cloud.players import Player
from hathora_deploy.cloud.state.apps import AppRecord
from hathora_deploy.secret import Secret

NOW = datetime.now(UTC)
CLAIMS = {"type": "anonymous", "id": "wh08ycwy2p9", "name": "a-b-c", "iat": int(NOW.timestamp())}


def new_app() -> AppRecord:
    return AppRecord(
        app_id=ids.new_app_id(),
        org_id="org",
        name="game",
        secret=ids.new_app_secret(),
        auth_configuration={},
        service_config=None,
        created_at=NOW,
        created_by="somebody",
    )


APP = new_app()


def signed(claims: dict[str, Any], **changes: Any) -> str:
    return jwt.encode({**claims, **changes}, APP.secret, algorithm="HS256")


def segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    st.builds(
        Player,
        type=st.sampled_from(["anonymous", "nickname", "google"]),
        id=TEXT.filter(bool),
        name=st.none() | TEXT,
        email=st.none() | TEXT,
    )
)
def test_a_token_that_was_issued_tells_the_player_it_was_issued_for(player: Player) -> None:
    assert players.verify(players.issue_token(player, APP, datetime.now(UTC)), APP) == player


def test_a_token_that_another_backend_signed_with_the_apps_secret_is_good() -> None:
    assert players.verify(Secret(signed(CLAIMS)), APP).id == "wh08ycwy2p9"
    ahead = int((datetime.now(UTC) + timedelta(seconds=10)).timestamp())
    assert players.verify(Secret(signed(CLAIMS, iat=ahead, more="fields")), APP).name == "a-b-c"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "ü.ü.ü",
        f"{segment({'alg': 'none', 'typ': 'JWT'})}.{segment(CLAIMS)}.",
        jwt.encode(CLAIMS, key="", algorithm="none"),
        jwt.encode(CLAIMS, new_app().secret, algorithm="HS256"),
        jwt.encode(CLAIMS, APP.secret * 2, algorithm="HS512"),
        jwt.encode(
            CLAIMS,
            rsa.generate_private_key(public_exponent=65537, key_size=2048),
            algorithm="RS256",
        ),
        signed(CLAIMS)[:-2],
        signed({"id": "x", "iat": 1}),
        signed(CLAIMS, id=""),
        signed(CLAIMS, id=7),
        signed(CLAIMS, type="admin"),
        signed(CLAIMS, name=["a"]),
        signed({"type": "anonymous", "id": "x"}),
        signed(CLAIMS, iat=int((NOW + timedelta(hours=1)).timestamp())),
        signed(CLAIMS, exp=1),
        f"{segment({'alg': 'HS256'})[:-1]}.{'W' * 20_000}.",
        base64.urlsafe_b64encode(b"[" * 60_000).decode() + "..",
    ],
    ids=lambda token: token[:24] or "empty",
)
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthorized, match=f"not one of a player of app {APP.app_id}") as refused:
        players.verify(Secret(token), APP)

    assert APP.secret not in str(refused.value)


def test_the_same_google_account_is_the_same_player_of_an_app_and_another_of_others() -> None:
    other = new_app()

    assert players.google_id(APP, "1234") == players.google_id(APP, "1234")
    assert len({players.google_id(APP, "1234"), players.google_id(other, "1234")}) == 2
    assert len({players.google_id(APP, str(subject)) for subject in range(1000)}) == 1000
    assert len(players.google_id(APP, "1234")) == 11
