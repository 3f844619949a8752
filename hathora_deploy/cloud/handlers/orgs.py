"""OrganizationsV1: organizations themselves."""

from __future__ import annotations

from hathora_deploy.api.orgs import GetOrgs, Organization, OrgsPage
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.permissions import listed
from hathora_deploy.cloud.state import orgs

_LARGEST_MEMORY_MB = 16_384


def get_orgs(operation: GetOrgs, call: Call) -> OrgsPage:
    """A token of an organization sees that one, a user those it is a member of, its own first."""
    caller = call.caller
    with call.cloud.store.read() as connection:
        found = {org.org_id: org for org in orgs.list_orgs(connection, caller.org_ids)}
    return OrgsPage(
        orgs=[
            Organization(
                org_id=org_id,
                name=found[org_id].name,
                stripe_customer_id="",  # nobody is billed
                default_fleet_id=found[org_id].default_fleet_id,
                is_single_tenant=True,
                scopes=listed(caller.grants[org_id]),
                max_requested_memory_mb=_LARGEST_MEMORY_MB,
                log_retention_period_hours=call.cloud.settings.log_retention_hours,
            )
            for org_id in caller.org_ids
        ]
    )
