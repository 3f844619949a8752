from __future__ import annotations

import pytest

from hathora_deploy.api.catalog import ALL
from hathora_deploy.cloud.statuses import listed_status


@pytest.mark.parametrize(
    ("status", "listed", "answered"),
    [
        (404, (401, 404), 404),
        (422, (400, 401, 404), 400),
        (422, (401, 404, 408), 404),
        (422, (401, 408, 429, 500), 401),
        (400, (401, 404, 422), 422),
        (404, (401, 408, 422), 422),
        (403, (401, 404), 401),
        (500, (401,), 500),
        (503, (401, 500), 503),
        (422, (), 422),
    ],
)
def test_a_refusal_has_a_status_that_is_listed_wherever_one_comes_near(
    status: int, listed: tuple[int, ...], answered: int
) -> None:
    assert listed_status(status, listed) == answered


def test_every_operation_that_lists_refusals_has_one_for_what_callers_do_wrong() -> None:
    for name, operation in ALL.items():
        listed = operation.shape.errors
        for status in (400, 403, 404, 422):
            assert not listed or listed_status(status, listed) in listed, (name, status)
