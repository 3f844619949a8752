"""BillingV1. Nobody is billed for what runs on a machine of their own."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from hathora_deploy.api.billing import (
    GetInvoices,
    GetPaymentMethod,
    GetUpcomingInvoiceItems,
    GetUpcomingInvoiceTotal,
    InitStripeCustomerPortalUrl,
    Invoice,
    InvoiceItemPage,
    PaymentMethod,
    UpcomingInvoiceTotal,
)
from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import check_org


def init_stripe_customer_portal_url(operation: InitStripeCustomerPortalUrl, call: Call) -> str:
    """There is no portal, so whoever follows the URL is back at once."""
    check_org(call, operation.org_id)
    if not _is_web_address(operation.return_url):
        raise UnprocessableEntity("returnUrl: it is to be an http or https URL with a host")
    return operation.return_url


def get_invoices(operation: GetInvoices, call: Call) -> list[Invoice]:
    check_org(call, operation.org_id)
    return []


def get_payment_method(operation: GetPaymentMethod, call: Call) -> PaymentMethod:
    check_org(call, operation.org_id)
    return PaymentMethod()


def get_upcoming_invoice_items(operation: GetUpcomingInvoiceItems, call: Call) -> InvoiceItemPage:
    check_org(call, operation.org_id)
    return InvoiceItemPage(invoice_items=[])


def get_upcoming_invoice_total(
    operation: GetUpcomingInvoiceTotal, call: Call
) -> UpcomingInvoiceTotal:
    check_org(call, operation.org_id)
    return UpcomingInvoiceTotal(value=0)


def _is_web_address(text: str) -> bool:
    with suppress(ValueError):
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname)
    return False
