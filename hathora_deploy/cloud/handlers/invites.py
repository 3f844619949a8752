"""OrganizationsV1: invites, from both sides."""

from __future__ import annotations

from hathora_deploy.api.errors import NotFound, Unauthorized, UnprocessableEntity
from hathora_deploy.api.orgs import (
    AcceptInvite,
    GetOrgPendingInvites,
    GetUserPendingInvites,
    InviteUser,
    PendingOrgInvite,
    PendingOrgInvitesPage,
    RejectInvite,
    RescindInvite,
    UserRole,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.members import (
    check_held,
    checked_email,
    read_scopes,
    written_scopes,
)
from hathora_deploy.cloud.handlers.ownership import check_membership, check_org
from hathora_deploy.cloud.permissions import scopes_of
from hathora_deploy.cloud.state import invites, members
from hathora_deploy.cloud.state.invites import InviteRecord
from hathora_deploy.cloud.state.members import MemberRecord


def invite_user(operation: InviteUser, call: Call) -> PendingOrgInvite:
    """Called again for the same email, it replaces the invite that is not answered."""
    org_id = check_membership(call, operation.org_id)
    invite = InviteRecord(
        org_id=org_id,
        email=checked_email(operation.user_email),
        # The contract's default.
        scopes=written_scopes(UserRole.ADMIN if operation.scopes is None else operation.scopes),
        invited_by=call.caller.name,
        created_at=call.now,
    )
    with call.cloud.store.write() as connection:
        if members.get(connection, org_id, invite.email) is not None:
            raise UnprocessableEntity(
                f"userEmail: {invite.email} is a member already; UpdateUserInvite changes scopes"
            )
        earlier = invites.get(connection, org_id, invite.email)
        before = scopes_of(earlier.scopes) if earlier is not None else frozenset()
        check_held(call, org_id, before ^ scopes_of(invite.scopes))
        invites.put(connection, invite)
    return _view(invite)


def rescind_invite(operation: RescindInvite, call: Call) -> None:
    org_id = check_org(call, operation.org_id)
    email = checked_email(operation.user_email)
    with call.cloud.store.write() as connection:
        if invites.get(connection, org_id, email) is None:
            raise NotFound(f"{email} is not invited")
        invites.remove(connection, org_id, email)


def get_org_pending_invites(operation: GetOrgPendingInvites, call: Call) -> PendingOrgInvitesPage:
    org_id = check_membership(call, operation.org_id)
    with call.cloud.store.read() as connection:
        found = invites.list_of_org(connection, org_id)
    return PendingOrgInvitesPage(invites=[_view(invite) for invite in found])


def get_user_pending_invites(operation: GetUserPendingInvites, call: Call) -> PendingOrgInvitesPage:
    """Nobody invites a token of an organization."""
    if call.caller.email is None:
        return PendingOrgInvitesPage(invites=[])
    with call.cloud.store.read() as connection:
        found = invites.list_of_user(connection, call.caller.email)
    return PendingOrgInvitesPage(invites=[_view(invite) for invite in found])


def accept_invite(operation: AcceptInvite, call: Call) -> None:
    _answer(operation.org_id, call, is_accepted=True)


def reject_invite(operation: RejectInvite, call: Call) -> None:
    _answer(operation.org_id, call, is_accepted=False)


def _answer(org_id: str, call: Call, *, is_accepted: bool) -> None:
    email = call.caller.email
    if email is None:
        raise Unauthorized("only a user answers an invite, and this is an organization's token")
    with call.cloud.store.write() as connection:
        invite = invites.get(connection, org_id, email)
        if invite is None:
            raise NotFound(f"organization {org_id} has not invited you")
        invites.remove(connection, org_id, email)
        if is_accepted:
            members.add(
                connection,
                MemberRecord(
                    org_id=org_id,
                    email=email,
                    scopes=invite.scopes,
                    invited_by=invite.invited_by,
                    created_at=invite.created_at,
                    joined_at=call.now,
                ),
            )


def _view(invite: InviteRecord) -> PendingOrgInvite:
    return PendingOrgInvite(
        org_id=invite.org_id,
        user_email=invite.email,
        invited_by=invite.invited_by,
        created_at=invite.created_at,
        scopes=read_scopes(invite.scopes),
    )
