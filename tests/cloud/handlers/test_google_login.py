"""Google logins against a server that publishes real keys, changes them and fails."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hathora_deploy.api.apps import AuthConfiguration, GoogleAuthConfiguration
from hathora_deploy.api.errors import RequestTimeout, Unauthorized
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import google
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.google_keys import GoogleKeys
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import Running
from tests.cloud.serving import served

CLIENT_ID = "1234-game.apps.googleusercontent.com"


@dataclass
class Google:
    """Publishes the keys it signs with, as long as it is well."""

    url: str = ""
    status: int = 200
    body: bytes | None = None
    asked: int = 0
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)

    def rotate(self, key_id: str) -> None:
        """Sign with a new key from now on, and publish no other."""
        self.keys = {key_id: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    def document(self) -> bytes:
        keys = []
        for key_id, key in self.keys.items():
            public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            keys.append({**public, "kid": key_id, "use": "sig", "alg": "RS256"})
        return json.dumps({"keys": keys}).encode()

    def id_token(self, **changes: Any) -> str:
        """What Google gives an app's players; a claim that is changed to None is left out."""
        now = int(time.time())
        claims = {
            "iss": "https://accounts.google.com",
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "sub": "110169484474386276334",
            "email": "zoe@example.com",
            "email_verified": True,
            "name": "Zoë",
            "iat": now,
            "exp": now + 3600,
            **changes,
        }
        ((key_id, key),) = self.keys.items()
        present = {claim: value for claim, value in claims.items() if value is not None}
        return jwt.encode(present, key, algorithm="RS256", headers={"kid": key_id})


@contextmanager
def publishing() -> Iterator[Google]:
    place = Google()
    place.rotate("first")

    class Handler(BaseHTTPRequestHandler):
        """Answers every request with the keys."""

        def do_GET(self) -> None:
            place.asked += 1
            body = place.document() if place.body is None else place.body
            self.send_response(place.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        place.url = f"http://127.0.0.1:{server.server_port}/certs"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield place
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def place() -> Iterator[Google]:
    with publishing() as place:
        yield place


@pytest.fixture
def client(place: Google, tmp_path: Path) -> Iterator[HathoraCloud]:
    """Its app lets players log in by Google."""
    settings = CloudSettings(data_dir=tmp_path, runtime="process", google_keys_url=place.url)
    cloud = Cloud.open(settings)
    with served(create_app(cloud)) as endpoint:
        own = HathoraCloud(settings.token_file.read_text(), endpoint=endpoint)
        client = Running(cloud, endpoint, own).new_app()
        ways = AuthConfiguration(google=GoogleAuthConfiguration(client_id=CLIENT_ID))
        client.apps_v2.patch_app(auth_configuration=ways)
        yield client
        cloud.close()


def log_in(client: HathoraCloud, id_token: str) -> dict[str, Any]:
    token = client.auth_v1.login_google(id_token=id_token).token.reveal()
    secret = client.apps_v2.get_app().app_secret.reveal()
    claims: dict[str, Any] = jwt.decode(token, secret, algorithms=["HS256"])
    return claims


def test_a_google_account_is_one_player_with_a_name_and_an_email(
    place: Google, client: HathoraCloud
) -> None:
    first = log_in(client, place.id_token())
    again = log_in(client, place.id_token(iss="accounts.google.com", name=None))

    assert list(first) == ["type", "id", "name", "email", "iat"]
    assert (first["type"], first["name"], first["email"]) == ("google", "Zoë", "zoe@example.com")
    assert first["id"] == again["id"]
    assert "name" not in again
    assert log_in(client, place.id_token(sub="2"))["id"] != first["id"]
    assert place.asked == 1


def test_an_email_that_google_has_not_verified_is_not_passed_on(
    place: Google, client: HathoraCloud
) -> None:
    assert "email" not in log_in(client, place.id_token(email_verified=False))
    assert "email" not in log_in(client, place.id_token(email_verified=None))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-app.apps.googleusercontent.com"},
        {"aud": None},
        {"iss": "https://accounts.example.com"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
    ],
    ids=lambda changes: next(
        iter(changes)
    ),  # not the times: programs that share the work agree on names
)
def test_a_token_that_google_gave_to_others_or_not_now_is_refused(
    place: Google, client: HathoraCloud, changes: dict[str, Any]
) -> None:
    with pytest.raises(Unauthorized, match="is not one for this app"):
        client.auth_v1.login_google(id_token=place.id_token(**changes))


def test_a_token_that_somebody_else_signed_is_refused(place: Google, client: HathoraCloud) -> None:
    forger = Google(keys={"first": rsa.generate_private_key(public_exponent=65537, key_size=2048)})
    public = place.keys["first"].public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    genuine = place.id_token()
    head, claims, signature = genuine.split(".")
    forged = [
        forger.id_token(),
        jwt.encode(
            jwt.decode(genuine, options={"verify_signature": False}),
            key=None,
            algorithm="none",
            headers={"kid": "first"},
        ),
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[:-8]}AAAAAAAA",
        _signed_with_the_public_key(genuine, pem),
        "no token",
        "",
    ]

    for token in forged:
        with pytest.raises(Unauthorized, match="is not one for this app"):
            client.auth_v1.login_google(id_token=token)
    assert log_in(client, genuine)["type"] == "google"


def _signed_with_the_public_key(genuine: str, pem: bytes) -> str:
    """The public key, which everybody has, used as the secret of a symmetric signature."""
    hs256 = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    segments = jwt.utils.base64url_encode(
        json.dumps({"alg": "HS256", "typ": "JWT", "kid": "first"}).encode()
    ).decode()
    signed = f"{segments}.{genuine.split('.')[1]}"
    signature = jwt.utils.base64url_encode(hs256.sign(signed.encode(), pem)).decode()
    return f"{signed}.{signature}"


def test_nobody_logs_in_before_googles_keys_were_had_and_is_told_why(
    place: Google, client: HathoraCloud
) -> None:
    place.status = 503

    with pytest.raises(RequestTimeout, match=r"Google's keys cannot be fetched .* answered 503"):
        client.auth_v1.login_google(id_token=place.id_token())


class Clock:
    """A clock that goes when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def verified(place: Google, keys: GoogleKeys) -> bool:
    token = Secret(place.id_token())
    try:
        return google.verify(token, client_id=CLIENT_ID, keys=keys).name == "Zoë"
    except Unauthorized:
        return False


def test_keys_are_fetched_again_when_google_signs_with_a_new_one_but_not_at_every_call(
    place: Google,
) -> None:
    clock = Clock()
    keys = GoogleKeys(place.url, clock=clock, interval=10)
    assert verified(place, keys)
    place.rotate("second")

    assert [verified(place, keys) for _ in range(3)] == [False] * 3
    assert place.asked == 1
    clock.now += 10
    assert [verified(place, keys) for _ in range(3)] == [True] * 3
    assert place.asked == 2


def test_a_key_that_google_withdraws_is_forgotten_within_the_lifetime_of_the_others(
    place: Google,
) -> None:
    clock = Clock()
    keys = GoogleKeys(place.url, clock=clock, lifetime=3600)
    withdrawn = Secret(place.id_token())
    google.verify(withdrawn, client_id=CLIENT_ID, keys=keys)
    place.rotate("second")
    clock.now += 3600

    with pytest.raises(Unauthorized):
        google.verify(withdrawn, client_id=CLIENT_ID, keys=keys)


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (500, None, "it answered 500"),
        (200, b"<html>", "what it answers is no set of keys"),
        (200, b"[1]", "what it answers is no set of keys"),
        (200, b'{"keys": null}', "what it answers is no set of keys"),
        (200, b'{"keys": [{"kty": "oct", "k": 7}]}', "what it answers is no set of keys"),
    ],
)
def test_old_keys_are_used_on_while_newer_ones_cannot_be_had(
    place: Google, status: int, body: bytes | None, problem: str
) -> None:
    clock = Clock()
    keys = GoogleKeys(place.url, clock=clock, lifetime=3600, interval=10)
    assert verified(place, keys)
    clock.now += 7200
    place.status, place.body = status, body

    assert verified(place, keys)
    assert place.asked == 2
    place.rotate("second")
    with pytest.raises(RequestTimeout, match=problem):
        verified(place, keys)
    place.status, place.body = 200, None
    clock.now += 10
    assert verified(place, keys)


def test_a_place_that_cannot_be_reached_is_named(place: Google) -> None:
    clock = Clock()
    keys = GoogleKeys("http://127.0.0.1:9/certs", clock=clock)
    with pytest.raises(RequestTimeout, match="it cannot be reached"):
        verified(place, keys)


def test_many_players_at_once_fetch_the_keys_once(place: Google) -> None:
    keys = GoogleKeys(place.url)
    found: list[bool] = []
    players = [
        threading.Thread(target=lambda: found.append(verified(place, keys))) for _ in range(8)
    ]
    for player in players:
        player.start()
    for player in players:
        player.join()

    assert found == [True] * 8
    assert place.asked == 1
