from __future__ import annotations

import pytest

from hathora_deploy.api.billing import PaymentMethod
from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.client import HathoraCloud
from tests.cloud.handlers.conftest import Running


def test_nothing_is_owed(client: HathoraCloud) -> None:
    assert client.billing_v1.get_invoices() == []
    assert client.billing_v1.get_upcoming_invoice_items().invoice_items == []
    assert client.billing_v1.get_upcoming_invoice_total().value == 0
    assert client.billing_v1.get_payment_method() == PaymentMethod()


def test_there_is_no_portal_so_its_url_is_the_way_back(client: HathoraCloud) -> None:
    for url in ("https://studio.example/billing?from=portal#top", "http://localhost:3000"):
        assert client.billing_v1.init_stripe_customer_portal_url(return_url=url) == url


@pytest.mark.parametrize(
    "url", ["", "studio", "//x", "javascript:alert(1)", "https://", "http://["]
)
def test_the_way_back_is_a_page_of_the_web(client: HathoraCloud, url: str) -> None:
    with pytest.raises(UnprocessableEntity, match="returnUrl"):
        client.billing_v1.init_stripe_customer_portal_url(return_url=url)


def test_the_bills_of_another_organization_are_not_shown(
    running: Running, client: HathoraCloud
) -> None:
    (foreign,) = running.other_org().organizations_v1.get_orgs().orgs
    for show in (
        client.billing_v1.get_invoices,
        client.billing_v1.get_payment_method,
        client.billing_v1.get_upcoming_invoice_items,
        client.billing_v1.get_upcoming_invoice_total,
    ):
        with pytest.raises(NotFound):
            show(org_id=foreign.org_id)
    with pytest.raises(NotFound):
        client.billing_v1.init_stripe_customer_portal_url(
            return_url="https://studio.example", org_id=foreign.org_id
        )
