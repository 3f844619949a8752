"""Invoices and payment."""

from __future__ import annotations

from hathora_deploy.api import billing
from hathora_deploy.api.deprecated import billing_v1
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class BillingV1(Resource[ModeT]):
    """Invoices and payment."""

    init_stripe_customer_portal_url = call(billing.InitStripeCustomerPortalUrl)
    get_invoices = call(billing.GetInvoices)
    get_payment_method = call(billing.GetPaymentMethod)
    get_upcoming_invoice_items = call(billing.GetUpcomingInvoiceItems)
    get_upcoming_invoice_total = call(billing.GetUpcomingInvoiceTotal)
    get_balance = call(billing_v1.GetBalance)
