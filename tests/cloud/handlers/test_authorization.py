"""The table of authorization: every operation, called by everybody who may not call it.

Each call names what a studio has, so that one that gets through would show: in its status, in what
it answers, or in what has changed.
"""

from __future__ import annotations

import re
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from hathora_deploy.api import wire
from hathora_deploy.api.catalog import ALL as EVERY_OPERATION
from hathora_deploy.api.operation import Auth, Operation
from hathora_deploy.api.tokens import Scope
from hathora_deploy.cloud.permissions import needed_scope, scopes_of
from hathora_deploy.cloud.routes import DEPRECATED_ROUTES, ROUTES
from hathora_deploy.cloud.state import orgs
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import Running
from tests.cloud.handlers.contents import everything
from tests.cloud.handlers.studio import Org, Studio, new_studio

OF_ORGANIZATIONS = sorted(
    name for name, op in EVERY_OPERATION.items() if op.shape.auth is Auth.ORGANIZATION
)
OF_PLAYERS = sorted(name for name, op in EVERY_OPERATION.items() if op.shape.auth is Auth.PLAYER)
OF_ANYBODY = sorted(name for name, op in EVERY_OPERATION.items() if op.shape.auth is Auth.NONE)
SCOPED = [name for name in OF_ORGANIZATIONS if needed_scope(EVERY_OPERATION[name].shape)]
SERVED = {route.shape.operation.__name__ for route in (*ROUTES, *DEPRECATED_ROUTES)}
OPEN_TO_OTHERS = {
    "GetNode": "the node is the cloud's, and in the fleets of all",
}
REFUSED_FOR_WHAT_IT_IS = {
    "RunBuildRegistry": 400,  # the build is made of an archive
    **dict.fromkeys(
        ("DeleteBuild", "DeleteBuildDeprecated", "DeleteBuildV2Deprecated"), 422
    ),  # in use
}
ENDS_SOMETHING = re.compile("Accept|Delete|Destroy|Lease|Reject|Rescind|Revoke|Stop|Suspend")
"""Or needs what lasts for a moment only, as a lease does."""


@pytest.fixture(scope="module")
def studio(running: Running) -> Studio:
    return new_studio(running)


@pytest.fixture(scope="module")
def other(running: Running) -> Studio:
    return new_studio(running)


@pytest.fixture(scope="module")
def strangers(studio: Studio, other: Studio) -> dict[str, str | None]:
    """Authorization headers that are good for no operation of an organization."""
    revoked = studio.token(None)
    with studio.running.cloud.store.write() as connection:
        token = orgs.find_token(connection, orgs.digest(Secret(revoked)))
        assert token is not None
        orgs.revoke_token(connection, token.org_token_id, token.created_at)
    return {
        "no token": None,
        "garbage": "Bearer hathora_org_garbage",
        "a revoked token": f"Bearer {revoked}",
        "a player's token": f"Bearer {studio.player}",
        "an upload signature": f"Bearer {studio.running.cloud.settings.signing_key_file.read_text()}",
        "the digest that is kept": f"Bearer {orgs.digest(Secret(studio.admin))}",
        "basic": f"Basic {studio.admin}",
    }


@pytest.fixture(scope="module")
def without(studio: Studio) -> dict[Scope, dict[str, str]]:
    """Callers with every scope but one, as a token and as a user."""
    found = {}
    for scope in Scope:
        rest = [str(each) for each in Scope if scope not in scopes_of([each])]
        found[scope] = {"a token": studio.token(rest), "a user": studio.user(rest)[1]}
    return found


@pytest.fixture(scope="module")
def foreigners(other: Org) -> dict[str, str]:
    """Callers who may do everything, elsewhere."""
    return {"a token": other.admin, "a user": other.user("admin")[1]}


def send(
    running: Running, operation: Operation[Any], authorization: str | None
) -> requests.Response:
    request = wire.encode(operation)
    headers = {"Authorization": authorization} if authorization is not None else {}
    return requests.request(
        request.method,
        running.endpoint + request.path,
        params=list(request.query),
        data=request.body if not request.files else None,
        files=request.files or None,
        headers=headers,
        timeout=30,
        stream=operation.shape.is_stream,
    )


def nothing_changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    for name, rows in before.items():
        assert after[name] == rows, name


@pytest.mark.parametrize("name", OF_ORGANIZATIONS)
def test_who_is_nobody_here_is_refused_and_changes_nothing(
    running: Running, studio: Studio, strangers: dict[str, str | None], name: str
) -> None:
    before = everything(running.cloud)

    for who, authorization in strangers.items():
        answer = send(running, studio.call(EVERY_OPERATION[name]), authorization)

        assert answer.status_code == 401, who
        assert "token" in answer.json()["message"]
    nothing_changed(before, everything(running.cloud))


@pytest.mark.parametrize("name", SCOPED)
def test_who_has_every_scope_but_the_one_is_refused_and_told_which(
    running: Running, studio: Studio, without: dict[Scope, dict[str, str]], name: str
) -> None:
    needed = needed_scope(EVERY_OPERATION[name].shape)
    assert needed is not None
    before = everything(running.cloud)

    for who, token in without[needed].items():
        answer = send(running, studio.call(EVERY_OPERATION[name]), f"Bearer {token}")

        assert answer.status_code == 401, who
        assert answer.json()["message"].startswith(f"the token lacks the scope {needed}")
    nothing_changed(before, everything(running.cloud))


@pytest.mark.parametrize("name", [name for name in OF_ORGANIZATIONS if name in SERVED])
def test_who_may_everything_elsewhere_finds_nothing_here_and_changes_nothing(
    running: Running, studio: Studio, other: Org, foreigners: dict[str, str], name: str
) -> None:
    shape = EVERY_OPERATION[name].shape
    names_something = bool(shape.in_path) or "orgId" in shape.in_query
    before = everything(running.cloud, but_of=other.org_id)

    for who, token in foreigners.items():
        answer = send(running, studio.call(shape.operation), f"Bearer {token}")

        if names_something and name not in OPEN_TO_OTHERS:
            assert answer.status_code in (401, 404), (who, answer.text)
            assert answer.status_code in shape.errors, (who, answer.text)
        elif name not in OPEN_TO_OTHERS:
            assert answer.status_code < 300, (who, answer.text)
            for thing in studio.has.values():
                assert thing not in answer.text, who
    nothing_changed(before, everything(running.cloud, but_of=other.org_id))


@pytest.mark.parametrize("name", OF_PLAYERS)
def test_who_is_no_player_of_the_app_is_refused_and_changes_nothing(
    running: Running,
    studio: Studio,
    other: Studio,
    strangers: dict[str, str | None],
    name: str,
) -> None:
    callers = {**strangers, "a player elsewhere": f"Bearer {other.player}"}
    callers["a player's token"] = f"Bearer {studio.admin}"
    before = everything(running.cloud)

    for who, authorization in callers.items():
        answer = send(running, studio.call(EVERY_OPERATION[name]), authorization)

        assert answer.status_code == 401, (who, answer.text)
    nothing_changed(before, everything(running.cloud))


@pytest.mark.parametrize("name", OF_ANYBODY)
def test_what_anybody_may_call_asks_for_no_token_and_minds_none(
    running: Running, studio: Studio, name: str
) -> None:
    without_token, with_garbage = (
        send(running, studio.call(EVERY_OPERATION[name]), authorization).status_code
        for authorization in (None, "Bearer garbage")
    )

    assert without_token == with_garbage
    # LoginGoogle is refused for the token of Google that it carries.
    assert without_token != 401 or name == "LoginGoogle"


@pytest.mark.parametrize(
    "scopes",
    [[], ["*"], ["admin"], ["ADMIN"], ["builds"], ["builds:*"], ["builds:write"], ["", "null"]],
)
def test_scopes_that_are_kept_and_mean_nothing_grant_nothing(
    running: Running, studio: Studio, scopes: list[str]
) -> None:
    call = studio.call(EVERY_OPERATION["GetBuilds"])
    for token in (studio.token(scopes), studio.user(scopes)[1]):
        assert send(running, call, f"Bearer {token}").status_code == 401


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("Bearer {}", 200),
        ("bearer {}", 200),
        ("BEARER   {}  ", 200),
        ("{}", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Bearer{}", 401),
        ("Bearer\t{}", 401),
        ("Basic {}", 401),
        ("Token {}", 401),
        ("Bearer {0} {0}", 401),
        ("Bearer {0}, Bearer {0}", 401),
        ("Bearer {0},", 401),
        ('Bearer "{}"', 401),
        ("Bearer {}%20", 401),
        ("Bearer {}\xa0", 401),
        ("Bearer %", 401),
        ("Bearer ' OR 1=1 --", 401),
        ("Bearer null", 401),
    ],
)
def test_a_token_counts_in_one_form_only(
    running: Running, studio: Studio, form: str, status: int
) -> None:
    header = form.format(studio.admin)

    assert raw(running, header) == status
    if status == 200:
        assert raw(running, form.format(studio.admin.swapcase())) == 401
        assert raw(running, form.format(studio.admin[:-1])) == 401


def test_of_two_authorization_headers_none_counts(running: Running, studio: Studio) -> None:
    good, bad = f"Bearer {studio.admin}", "Bearer garbage"

    for headers in ((good, bad), (bad, good), (good, good), (good, "")):
        assert raw(running, *headers) == 401


def test_a_token_in_the_query_or_in_a_cookie_does_not_count(
    running: Running, studio: Studio
) -> None:
    answer = requests.get(
        f"{running.endpoint}/orgs/v1",
        params={"token": studio.admin, "access_token": studio.admin},
        cookies={"token": studio.admin, "Authorization": f"Bearer {studio.admin}"},
    )

    assert answer.status_code == 401


def raw(running: Running, *authorization: str) -> int:
    """The status of a call with these headers, sent as they are."""
    connection = HTTPConnection(urlsplit(running.endpoint).netloc, timeout=30)
    try:
        connection.putrequest("GET", "/orgs/v1")
        for header in authorization:
            connection.putheader("Authorization", header.encode("latin-1"))
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def anew(running: Running, studio: Studio, name: str) -> Studio:
    """A studio that may lose something."""
    return new_studio(running) if ENDS_SOMETHING.search(name) else studio


@pytest.mark.parametrize("name", [n for n in (*OF_ORGANIZATIONS, *OF_PLAYERS) if n in SERVED])
def test_the_same_calls_get_through_where_they_may(
    running: Running, anew: Studio, name: str
) -> None:
    """Without this, the tests above might pass for calls that nobody could make."""
    shape = EVERY_OPERATION[name].shape
    token = anew.player if shape.auth is Auth.PLAYER else anew.admin
    if name in ("AcceptInvite", "RejectInvite"):
        token = anew.invited

    answer = send(running, anew.call(EVERY_OPERATION[name]), f"Bearer {token}")

    assert answer.status_code == REFUSED_FOR_WHAT_IT_IS.get(name, shape.status), answer.text
    answer.close()
