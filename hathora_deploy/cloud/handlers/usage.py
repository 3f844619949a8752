"""The usage of OrganizationsV1."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hathora_deploy.api.orgs import GetUsageLimits, UsageLimits
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import check_org
from hathora_deploy.cloud.state.usage import spans_of_org
from hathora_deploy.cloud.usage import peak, vcpu_hours

_WEEK: Final = timedelta(days=7)


def get_usage_limits(operation: GetUsageLimits, call: Call) -> UsageLimits:
    """What was used in this month of UTC and in the last week; there are no limits to report."""
    org_id = check_org(call, operation.org_id)
    month = call.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    week = call.now - _WEEK
    with call.cloud.store.read() as connection:
        spans = spans_of_org(connection, org_id, start=min(month, week), end=call.now)
    now = call.now.timestamp()
    return UsageLimits(
        monthly_process_vcpu_hours_consumed=vcpu_hours(spans, start=month.timestamp(), end=now),
        concurrent_process_vcpus7_day_max=peak(spans, start=week.timestamp(), end=now),
    )
