"""Organizations, members and invites."""

from __future__ import annotations

from hathora_deploy.api import orgs
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class OrganizationsV1(Resource[ModeT]):
    """Organizations, members and invites."""

    get_orgs = call(orgs.GetOrgs)
    get_usage_limits = call(orgs.GetUsageLimits)
    get_user_pending_invites = call(orgs.GetUserPendingInvites)
    update_user_invite = call(orgs.UpdateUserInvite)
    invite_user = call(orgs.InviteUser)
    accept_invite = call(orgs.AcceptInvite)
    get_org_pending_invites = call(orgs.GetOrgPendingInvites)
    reject_invite = call(orgs.RejectInvite)
    rescind_invite = call(orgs.RescindInvite)
    get_org_members = call(orgs.GetOrgMembers)
