"""What billing no longer tells."""

from __future__ import annotations

from hathora_deploy.api import billing
from hathora_deploy.api.model import Number
from hathora_deploy.api.operation import Operation, Query


class GetBalance(
    Operation[Number],
    method="GET",
    path="/billing/v1/balance",
    errors=(401, 404, 408, 422, 429, 500),
    successor=billing.GetUpcomingInvoiceTotal,
):
    """Get what an organization owes."""

    org_id: Query[str | None] = None
