"""OrganizationsV1: the members of an organization."""

from __future__ import annotations

from sqlalchemy import Connection

from hathora_deploy.api.errors import Unauthorized, UnprocessableEntity
from hathora_deploy.api.orgs import (
    GetOrgMembers,
    OrgMember,
    OrgMembersPage,
    UpdateUserInvite,
    UserRole,
)
from hathora_deploy.api.tokens import Scope
from hathora_deploy.cloud import email_address
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import check_membership
from hathora_deploy.cloud.permissions import Scopes, is_admin, listed, scopes_of
from hathora_deploy.cloud.state import invites, members, users
from hathora_deploy.cloud.state.members import GrantedScopes


def get_org_members(operation: GetOrgMembers, call: Call) -> OrgMembersPage:
    org_id = check_membership(call, operation.org_id)
    with call.cloud.store.read() as connection:
        found = members.list_of_org(connection, org_id)
        known = {user.email: user for user in users.list_of_org(connection, org_id)}
    return OrgMembersPage(
        members=[
            OrgMember(
                org_id=member.org_id,
                user_email=member.email,
                invited_by=member.invited_by,
                created_at=member.created_at,
                joined_at=member.joined_at,
                last_login=known[member.email].last_login_at,
                scopes=read_scopes(member.scopes),
            )
            for member in found
        ]
    )


def update_user_invite(operation: UpdateUserInvite, call: Call) -> bool:
    """Of a member, or of an invite that is not answered."""
    org_id = check_membership(call, operation.org_id)
    email = checked_email(operation.user_email)
    scopes = written_scopes(operation.scopes)
    with call.cloud.store.write() as connection:
        member = members.get(connection, org_id, email)
        found = member or invites.get(connection, org_id, email)
        if found is None:
            raise UnprocessableEntity(f"userEmail: {email} is no member, and is not invited")
        check_held(call, org_id, scopes_of(found.scopes) ^ scopes_of(scopes))
        if member is None:
            invites.change(connection, org_id, email, scopes=scopes)
        else:
            if is_admin(member.scopes) and not is_admin(scopes):
                _check_other_admin(connection, org_id, email)
            members.change(connection, org_id, email, scopes=scopes)
    return True


def check_held(call: Call, org_id: str, scopes: Scopes) -> None:
    """Nobody gives or takes a scope without having it. Raises Unauthorized."""
    missing = listed(scopes - call.caller.grants[org_id])
    if missing:
        names = ", ".join(missing)
        raise Unauthorized(f"the token lacks what it would give or take: {names}")


def checked_email(text: str) -> str:
    """The address as it is kept. Raises UnprocessableEntity."""
    email = email_address.canonical(text)
    if email is None:
        raise UnprocessableEntity("userEmail: this is no email address")
    return email


def written_scopes(scopes: UserRole | list[Scope]) -> GrantedScopes:
    """Scopes of the wire as they are kept: each once."""
    if isinstance(scopes, UserRole):
        return str(scopes)
    return [str(scope) for scope in dict.fromkeys(scopes)]


def read_scopes(kept: GrantedScopes) -> UserRole | list[Scope]:
    """Scopes that are kept as they travel."""
    return UserRole(kept) if isinstance(kept, str) else [Scope(scope) for scope in kept]


def _check_other_admin(connection: Connection, org_id: str, email: str) -> None:
    others = members.list_of_org(connection, org_id)
    if not any(is_admin(other.scopes) for other in others if other.email != email):
        raise UnprocessableEntity(f"scopes: {email} is the last admin: make another one first")
