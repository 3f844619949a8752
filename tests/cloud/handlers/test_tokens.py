from __future__ import annotations

import pytest

from hathora_deploy.api.errors import NotFound, NotServed, UnprocessableEntity
from hathora_deploy.api.tokens import Scope
from tests.cloud.handlers.conftest import Running


def test_the_text_of_a_token_is_kept_nowhere(running: Running) -> None:
    org_id = running.client.organizations_v1.get_orgs().orgs[0].org_id

    created = running.client.tokens_v1.create_org_token(org_id=org_id, name="ci")

    text = created.plain_text_token.reveal()
    for file in running.cloud.settings.data_dir.rglob("*"):
        assert not file.is_file() or text.encode() not in file.read_bytes(), file
    listed = running.client.tokens_v1.get_org_tokens(org_id=org_id).tokens
    assert [token.last_four_chars_of_key for token in listed if token.name == "ci"] == [text[-4:]]


def test_two_good_tokens_never_share_a_name(running: Running) -> None:
    org_id = running.client.organizations_v1.get_orgs().orgs[0].org_id
    running.client.tokens_v1.create_org_token(org_id=org_id, name="twice")

    with pytest.raises(UnprocessableEntity, match="a token named 'twice' already"):
        running.client.tokens_v1.create_org_token(org_id=org_id, name="twice")


def test_scopes_are_refused_rather_than_given_and_not_enforced(running: Running) -> None:
    org_id = running.client.organizations_v1.get_orgs().orgs[0].org_id

    with pytest.raises(NotServed, match="scopes"):
        running.client.tokens_v1.create_org_token(
            org_id=org_id, name="scoped", scopes=[Scope.BUILDS_READ]
        )


def test_the_tokens_of_another_organization_are_not_found(running: Running) -> None:
    org_id = running.client.organizations_v1.get_orgs().orgs[0].org_id

    with pytest.raises(NotFound):
        running.other_org().tokens_v1.get_org_tokens(org_id=org_id)
