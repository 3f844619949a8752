from __future__ import annotations

import json

import pytest
import requests

from hathora_deploy.api.errors import NotFound, Unauthorized, UnprocessableEntity
from hathora_deploy.api.network import Region
from hathora_deploy.api.tokens import AdminScope, CreatedOrgToken, Scope
from hathora_deploy.client import HathoraCloud
from tests.cloud.handlers.conftest import LISTEN, Running, deploy, eventually, game, some_name


@pytest.fixture
def org_id(running: Running) -> str:
    return running.client.organizations_v1.get_orgs().orgs[0].org_id


def create(running: Running, org_id: str, *scopes: Scope) -> tuple[CreatedOrgToken, HathoraCloud]:
    """A token with these scopes only, and a client that has it."""
    created = running.client.tokens_v1.create_org_token(
        org_id=org_id, name=some_name(), scopes=list(scopes)
    )
    return created, running.client_with(token=created.plain_text_token.reveal())


def test_the_text_of_a_token_is_kept_nowhere(running: Running, org_id: str) -> None:
    created = running.client.tokens_v1.create_org_token(org_id=org_id, name=(name := some_name()))

    text = created.plain_text_token.reveal()
    for file in running.cloud.settings.data_dir.rglob("*"):
        assert not file.is_file() or text.encode() not in file.read_bytes(), file
    listed = running.client.tokens_v1.get_org_tokens(org_id=org_id).tokens
    assert [token.last_four_chars_of_key for token in listed if token.name == name] == [text[-4:]]


def test_two_good_tokens_never_share_a_name(running: Running, org_id: str) -> None:
    name = some_name()
    running.client.tokens_v1.create_org_token(org_id=org_id, name=name)

    with pytest.raises(UnprocessableEntity, match=f"a token named '{name}' already"):
        running.client.tokens_v1.create_org_token(org_id=org_id, name=name)


def test_a_token_that_reads_builds_cannot_create_one_and_is_told_what_it_lacks(
    running: Running, org_id: str
) -> None:
    _, reader = create(running, org_id, Scope.BUILDS_READ)

    assert reader.builds_v3.get_builds().builds is not None
    with pytest.raises(Unauthorized, match=r"the token lacks the scope builds:read-write"):
        reader.builds_v3.create_build(build_size_in_bytes=1)


def test_a_scope_to_write_is_one_to_read_too_and_no_other(running: Running, org_id: str) -> None:
    token, writer = create(running, org_id, Scope.BUILDS_READ_WRITE)

    created = writer.builds_v3.create_build(build_size_in_bytes=1)
    assert writer.builds_v3.get_build(build_id=created.build_id).created_by == token.org_token.name
    with pytest.raises(Unauthorized, match="applications:read"):
        writer.apps_v2.get_apps()


def test_a_token_with_an_empty_list_of_scopes_may_do_nothing(running: Running, org_id: str) -> None:
    created, powerless = create(running, org_id)

    assert created.org_token.scopes == []
    assert powerless.organizations_v1.get_orgs().orgs[0].scopes == []
    with pytest.raises(Unauthorized, match="builds:read"):
        powerless.builds_v3.get_builds()


@pytest.mark.parametrize("scopes", [None, AdminScope.ADMIN])
def test_a_token_without_scopes_or_with_admin_may_do_everything(
    running: Running, org_id: str, scopes: AdminScope | None
) -> None:
    created = running.client.tokens_v1.create_org_token(
        org_id=org_id, name=some_name(), scopes=scopes
    )

    client = running.client_with(token=created.plain_text_token.reveal())
    assert created.org_token.scopes == AdminScope.ADMIN
    assert client.organizations_v1.get_orgs().orgs[0].scopes == list(Scope)


def test_the_scopes_of_a_token_are_listed_with_it(running: Running, org_id: str) -> None:
    scopes = [Scope.PROCESSES_READ, Scope.FLEETS_READ]
    created, _ = create(running, org_id, *scopes, Scope.FLEETS_READ)

    (listed,) = [
        token
        for token in running.client.tokens_v1.get_org_tokens(org_id=org_id).tokens
        if token.org_token_id == created.org_token.org_token_id
    ]
    assert listed.scopes == scopes


@pytest.mark.parametrize(
    "scopes", [None, AdminScope.ADMIN, [Scope.TOKENS_READ, Scope.BUILDS_READ], list(Scope)]
)
def test_nobody_makes_a_token_that_may_more_than_its_maker(
    running: Running, org_id: str, scopes: list[Scope] | AdminScope | None
) -> None:
    _, minter = create(running, org_id, Scope.TOKENS_READ_WRITE)

    with pytest.raises(Unauthorized, match="builds:read"):
        minter.tokens_v1.create_org_token(org_id=org_id, name=some_name(), scopes=scopes)
    within = minter.tokens_v1.create_org_token(
        org_id=org_id, name=some_name(), scopes=[Scope.TOKENS_READ]
    )
    assert within.org_token.scopes == [Scope.TOKENS_READ]


@pytest.mark.parametrize("scopes", ["builds:read", ["builds:write"], ["admin"], [""], {}, [None]])
def test_scopes_that_do_not_exist_are_refused(
    running: Running, org_id: str, scopes: object
) -> None:
    answer = requests.post(
        f"{running.endpoint}/tokens/v1/orgs/{org_id}/create",
        headers={"Authorization": f"Bearer {running.cloud.settings.token_file.read_text()}"},
        data=json.dumps({"name": "unknown", "scopes": scopes}),
    )

    assert answer.status_code == 422
    assert "scopes" in answer.json()["message"]


def test_the_tokens_of_another_organization_are_not_found(running: Running, org_id: str) -> None:
    own = running.client.tokens_v1.get_org_tokens(org_id=org_id).tokens[0]
    other = running.other_org()
    other_org_id = other.organizations_v1.get_orgs().orgs[0].org_id

    with pytest.raises(NotFound):
        other.tokens_v1.get_org_tokens(org_id=org_id)
    for named in (org_id, other_org_id):
        with pytest.raises(NotFound):
            other.tokens_v1.revoke_org_token(org_id=named, org_token_id=own.org_token_id)


def test_a_log_that_is_followed_ends_once_the_token_is_revoked(
    running: Running, org_id: str
) -> None:
    chatty = LISTEN.replace(
        "while True:",
        "import time\nwhile True:\n    print('on and on', flush=True)\n    time.sleep(0.05)\n    continue",
    )
    client = running.new_app()
    deploy(client, game(chatty))
    process = client.processes_v3.create_process(region=Region.SEATTLE)
    created, follower = create(running, org_id, Scope.PROCESSES_READ)
    stream = follower.logs_v1.get_logs_for_process(
        app_id=str(client.app_id), process_id=process.process_id, follow=True
    )

    with stream as lines:
        assert next(iter(lines))
        running.client.tokens_v1.revoke_org_token(
            org_id=org_id, org_token_id=created.org_token.org_token_id
        )
        for _ in lines:
            pass

    seen = eventually(
        lambda: client.processes_v3.get_process(process_id=process.process_id),
        lambda process: process.status == "running",
    )
    assert seen.terminated_at is None, "the process goes on: it was the stream that ended"
    client.processes_v3.stop_process(process_id=process.process_id)
