"""Invoices and payment."""

from __future__ import annotations

from hathora_deploy.api.model import DateTime, Model, Number, OpenEnum
from hathora_deploy.api.operation import Operation, Query


class InvoiceStatus(OpenEnum):
    """What became of an invoice."""

    PENDING = "pending"
    PAID = "paid"
    OVERDUE = "overdue"


class Invoice(Model):
    """An invoice."""

    id: str
    month: int
    year: int
    due_date: DateTime
    pdf_url: str
    amount_due: Number
    status: InvoiceStatus


class LinkPaymentMethod(Model):
    """A Link account."""

    email: str | None = None


class CardBrand(OpenEnum):
    """Whose card."""

    AMEX = "amex"
    CARTES_BANCAIRES = "cartes_bancaires"
    DINERS = "diners"
    DISCOVER = "discover"
    JCB = "jcb"
    MASTERCARD = "mastercard"
    VISA = "visa"
    UNIONPAY = "unionpay"
    CARD = "card"


class CardPaymentMethod(Model):
    """A card."""

    brand: CardBrand
    last4: str


class AchPaymentMethod(Model):
    """A bank account."""

    bank_name: str | None = None
    last4: str | None = None


class PaymentMethod(Model):
    """How an organization pays; at most one is present."""

    link: LinkPaymentMethod | None = None
    ach: AchPaymentMethod | None = None
    card: CardPaymentMethod | None = None


class InvoiceItem(Model):
    """A line of an invoice."""

    product_name: str
    unit: str
    quantity: Number
    unit_price: Number
    amount: Number
    discount: Number | None = None


class InvoiceItemPage(Model):
    """What an invoice holds."""

    invoice_items: list[InvoiceItem]


class UpcomingInvoiceTotal(Model):
    """The sum of the next invoice."""

    value: Number


class InitStripeCustomerPortalUrl(
    Operation[str],
    method="POST",
    path="/billing/v1/customerportalurl",
    errors=(401, 404, 408, 422, 429, 500),
    repeatable=True,
):
    """Get the URL of the payment portal, which leads back to ``return_url``."""

    return_url: str
    org_id: Query[str | None] = None


class GetInvoices(
    Operation[list[Invoice]],
    method="GET",
    path="/billing/v1/invoices",
    errors=(401, 404, 408, 422, 429, 500),
):
    """List the invoices of an organization."""

    org_id: Query[str | None] = None


class GetPaymentMethod(
    Operation[PaymentMethod],
    method="GET",
    path="/billing/v1/paymentmethod",
    errors=(401, 404, 408, 422, 429, 500),
):
    """Get how an organization pays."""

    org_id: Query[str | None] = None


class GetUpcomingInvoiceItems(
    Operation[InvoiceItemPage],
    method="GET",
    path="/billing/v1/upcoming/items",
    errors=(401, 404, 408, 422, 429, 500),
):
    """List what the next invoice will hold."""

    org_id: Query[str | None] = None


class GetUpcomingInvoiceTotal(
    Operation[UpcomingInvoiceTotal],
    method="GET",
    path="/billing/v1/upcoming/total",
    errors=(401, 404, 408, 422, 429, 500),
):
    """Get the sum of the next invoice."""

    org_id: Query[str | None] = None
