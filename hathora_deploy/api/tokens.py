"""Organization tokens: what pipelines and servers call the API with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hathora_deploy.api.model import DateTime, Model, OpenEnum
from hathora_deploy.api.operation import Operation
from hathora_deploy.secret import Secret


class Scope(OpenEnum):
    """What a token or a member may do."""

    BILLING_READ_WRITE = "billing:read-write"
    BUILDS_READ = "builds:read"
    BUILDS_READ_WRITE = "builds:read-write"
    DEPLOYMENTS_READ = "deployments:read"
    DEPLOYMENTS_READ_WRITE = "deployments:read-write"
    APPLICATIONS_READ = "applications:read"
    APPLICATIONS_READ_WRITE = "applications:read-write"
    PROCESSES_READ = "processes:read"
    PROCESSES_READ_WRITE = "processes:read-write"
    FLEETS_READ = "fleets:read"
    FLEETS_READ_WRITE = "fleets:read-write"
    ORGS_READ = "orgs:read"
    ORGS_READ_WRITE = "orgs:read-write"
    TOKENS_READ = "tokens:read"
    TOKENS_READ_WRITE = "tokens:read-write"
    TICKETS_READ = "tickets:read"
    TICKETS_READ_WRITE = "tickets:read-write"
    LOAD_BALANCER_ACCESS = "load-balancer:access"


class AdminScope(OpenEnum):
    """All scopes."""

    ADMIN = "admin"


class OrgTokenStatus(OpenEnum):
    """Whether a token is good."""

    ACTIVE = "active"
    REVOKED = "revoked"


class OrgToken(Model):
    """A token, without its text; no ``scopes`` is all of them."""

    org_token_id: str
    org_id: str
    name: str
    status: OrgTokenStatus
    last_four_chars_of_key: str
    created_by: str
    created_at: DateTime
    scopes: list[Scope] | AdminScope | None = None


class ListOrgTokens(Model):
    """The tokens of an organization."""

    tokens: list[OrgToken]


class CreatedOrgToken(Model):
    """A token and its text, shown this once."""

    org_token: OrgToken
    plain_text_token: Secret


class GetOrgTokens(
    Operation[ListOrgTokens],
    method="GET",
    path="/tokens/v1/orgs/{orgId}",
    errors=(401, 404, 408, 429),
):
    """List the tokens of an organization, revoked ones included."""

    org_id: str


class CreateOrgToken(
    Operation[CreatedOrgToken],
    method="POST",
    path="/tokens/v1/orgs/{orgId}/create",
    status=201,
    errors=(401, 404, 408, 422, 429),
):
    """Create a token; its text is shown this once."""

    org_id: str
    name: Annotated[str, Field(max_length=64)]
    scopes: list[Scope] | AdminScope | None = None


class RevokeOrgToken(
    Operation[bool],
    method="POST",
    path="/tokens/v1/orgs/{orgId}/tokens/{orgTokenId}/revoke",
    errors=(401, 404, 408, 429),
    repeatable=True,
):
    """Revoke a token, at once."""

    org_id: str
    org_token_id: str
