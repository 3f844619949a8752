"""TokensV1."""

from __future__ import annotations

from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.tokens import (
    AdminScope,
    CreatedOrgToken,
    CreateOrgToken,
    GetOrgTokens,
    ListOrgTokens,
    OrgToken,
    OrgTokenStatus,
    RevokeOrgToken,
    Scope,
)
from hathora_deploy.cloud import identity
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.members import check_held
from hathora_deploy.cloud.handlers.ownership import check_org
from hathora_deploy.cloud.permissions import scopes_of
from hathora_deploy.cloud.state import orgs
from hathora_deploy.cloud.state.orgs import OrgTokenRecord


def get_org_tokens(operation: GetOrgTokens, call: Call) -> ListOrgTokens:
    """Revoked ones too: who looks for a leak wants to see them."""
    org_id = check_org(call, operation.org_id)
    with call.cloud.store.read() as connection:
        return ListOrgTokens(
            tokens=[_view(token) for token in orgs.list_tokens(connection, org_id)]
        )


def create_org_token(operation: CreateOrgToken, call: Call) -> CreatedOrgToken:
    """Nobody gives a token what they lack themselves. No scopes is all; an empty list is none."""
    org_id = check_org(call, operation.org_id)
    scopes = _kept(operation.scopes)
    check_held(call, org_id, scopes_of(scopes))
    with call.cloud.store.write() as connection:
        taken = {
            token.name for token in orgs.list_tokens(connection, org_id) if not token.revoked_at
        }
        if operation.name in taken:
            raise UnprocessableEntity(f"there is a token named {operation.name!r} already")
        token, text = identity.issue_token(
            connection,
            org_id=org_id,
            name=operation.name,
            created_by=call.caller.name,
            now=call.now,
            scopes=scopes,
        )
    return CreatedOrgToken(org_token=_view(token), plain_text_token=text)


def revoke_org_token(operation: RevokeOrgToken, call: Call) -> bool:
    org_id = check_org(call, operation.org_id)
    with call.cloud.store.write() as connection:
        if orgs.get_token(connection, org_id, operation.org_token_id) is None:
            raise NotFound(f"no token {operation.org_token_id} in your organization")
        orgs.revoke_token(connection, operation.org_token_id, call.now)
    return True


def _kept(scopes: list[Scope] | AdminScope | None) -> list[str] | None:
    if scopes is None or isinstance(scopes, AdminScope):
        return None
    return [str(scope) for scope in dict.fromkeys(scopes)]


def _view(token: OrgTokenRecord) -> OrgToken:
    return OrgToken(
        org_token_id=token.org_token_id,
        org_id=token.org_id,
        name=token.name,
        status=OrgTokenStatus.REVOKED if token.revoked_at else OrgTokenStatus.ACTIVE,
        last_four_chars_of_key=token.last_four,
        created_by=token.created_by,
        created_at=token.created_at,
        scopes=(
            AdminScope.ADMIN if token.scopes is None else [Scope(scope) for scope in token.scopes]
        ),
    )
