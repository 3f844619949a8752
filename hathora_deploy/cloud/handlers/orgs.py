"""OrganizationsV1."""

from __future__ import annotations

from hathora_deploy.api.orgs import GetOrgs, Organization, OrgsPage
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.state import orgs

_LARGEST_MEMORY_MB = 16_384


def get_orgs(operation: GetOrgs, call: Call) -> OrgsPage:
    """A token belongs to one organization."""
    with call.cloud.store.read() as connection:
        org = orgs.get_org(connection, call.caller.org_id)
    assert org is not None
    return OrgsPage(
        orgs=[
            Organization(
                org_id=org.org_id,
                name=org.name,
                stripe_customer_id="",  # nobody is billed
                default_fleet_id=org.default_fleet_id,
                is_single_tenant=True,
                scopes=[],
                max_requested_memory_mb=_LARGEST_MEMORY_MB,
            )
        ]
    )
