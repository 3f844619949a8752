from __future__ import annotations

import requests

from tests.cloud.handlers.conftest import Running


def test_asking_for_a_mail_tells_nobody_who_has_an_account(running: Running) -> None:
    url = f"{running.endpoint}/management/v1/sendverificationemail"

    answers = [requests.post(url, json={"userId": user}) for user in ("somebody", "")]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, "success")] * 2
