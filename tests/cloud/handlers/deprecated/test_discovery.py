from __future__ import annotations

import requests

from tests.cloud.handlers.deprecated.conftest import OldClient


def test_pings_are_found_at_their_first_address_without_a_token(old: OldClient) -> None:
    first, today = (
        requests.get(f"{old.endpoint}/discovery/v{version}/ping").json() for version in (1, 2)
    )

    assert first == today
