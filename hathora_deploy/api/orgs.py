"""Organizations, their members and invites."""

from __future__ import annotations

from hathora_deploy.api.model import DateTime, Model, Number, OpenEnum
from hathora_deploy.api.operation import Operation, Query
from hathora_deploy.api.tokens import Scope


class Organization(Model):
    """An organization and its limits."""

    org_id: str
    stripe_customer_id: str
    is_single_tenant: bool
    scopes: list[Scope]
    max_requested_memory_mb: int
    name: str | None = None
    default_fleet_id: str | None = None
    enabled_feature_flags: list[str] | None = None
    concurrent_process_vcpus_limit: Number | None = None
    monthly_process_vcpu_hours_limit: Number | None = None
    pod_max_lifespan_hrs: Number | None = None
    log_retention_period_hours: int | None = None
    max_process_connections: Number | None = None
    max_cloud_baseline: int | None = None


class OrgsPage(Model):
    """The organizations of a caller."""

    orgs: list[Organization]


class UsageLimits(Model):
    """What an organization may use and has used."""

    concurrent_process_vcpus7_day_max: Number
    monthly_process_vcpu_hours_consumed: Number
    concurrent_process_vcpus_limit: Number | None = None
    monthly_process_vcpu_hours_limit: Number | None = None


class UserRole(OpenEnum):
    """A named set of scopes."""

    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class PendingOrgInvite(Model):
    """An invite that is not answered."""

    org_id: str
    user_email: str
    invited_by: str
    created_at: DateTime
    scopes: UserRole | list[Scope]


class PendingOrgInvitesPage(Model):
    """Invites that are not answered."""

    invites: list[PendingOrgInvite]


class OrgMember(Model):
    """A member of an organization."""

    org_id: str
    user_email: str
    invited_by: str
    created_at: DateTime
    joined_at: DateTime
    scopes: UserRole | list[Scope]
    last_login: DateTime | None = None


class OrgMembersPage(Model):
    """The members of an organization."""

    members: list[OrgMember]


class GetOrgs(
    Operation[OrgsPage],
    method="GET",
    path="/orgs/v1",
    errors=(401, 404, 408, 429),
):
    """List the organizations the caller belongs to."""


class GetUsageLimits(
    Operation[UsageLimits],
    method="GET",
    path="/orgs/v1/metadata/usageLimits",
    errors=(401, 404, 408, 429, 500),
):
    """Get what an organization may use and has used."""

    org_id: Query[str | None] = None


class GetUserPendingInvites(
    Operation[PendingOrgInvitesPage],
    method="GET",
    path="/orgs/v1/user/invites/pending",
    errors=(401, 408, 429),
):
    """List the invites the caller has not answered."""


class UpdateUserInvite(
    Operation[bool],
    method="POST",
    path="/orgs/v1/{orgId}/invites",
    errors=(401, 408, 422, 429),
    repeatable=True,
):
    """Change the scopes of a member or of a pending invite."""

    org_id: str
    user_email: str
    scopes: UserRole | list[Scope]


class InviteUser(
    Operation[PendingOrgInvite],
    method="PUT",
    path="/orgs/v1/{orgId}/invites",
    errors=(401, 408, 422, 429),
):
    """Invite somebody to an organization."""

    org_id: str
    user_email: str
    scopes: UserRole | list[Scope] | None = None


class AcceptInvite(
    Operation[None],
    method="POST",
    path="/orgs/v1/{orgId}/invites/accept",
    status=204,
    errors=(401, 404, 408, 429),
    repeatable=True,
):
    """Accept an invite."""

    org_id: str


class GetOrgPendingInvites(
    Operation[PendingOrgInvitesPage],
    method="GET",
    path="/orgs/v1/{orgId}/invites/pending",
    errors=(401, 408, 429),
):
    """List the invites of an organization that are not answered."""

    org_id: str


class RejectInvite(
    Operation[None],
    method="POST",
    path="/orgs/v1/{orgId}/invites/reject",
    status=204,
    errors=(401, 404, 408, 429),
    repeatable=True,
):
    """Reject an invite."""

    org_id: str


class RescindInvite(
    Operation[None],
    method="POST",
    path="/orgs/v1/{orgId}/invites/rescind",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    repeatable=True,
):
    """Take an invite back."""

    org_id: str
    user_email: str


class GetOrgMembers(
    Operation[OrgMembersPage],
    method="GET",
    path="/orgs/v1/{orgId}/members",
    errors=(401, 408, 429),
):
    """List the members of an organization."""

    org_id: str
