"""The cloud's own log cannot be made to fill the disk."""

from __future__ import annotations

import logging
import socket
from urllib.parse import urlsplit

import pytest

from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.log_bound import LINES, FewOfEach
from hathora_deploy.cloud.settings import CloudSettings


def test_what_others_cause_again_and_again_is_told_now_and_then_and_how_often_it_came(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    log = logging.getLogger(__name__)
    # All tests have the same handler: it is to have the filter no longer than this one.
    monkeypatch.setattr(caplog.handler, "filters", [FewOfEach(clock=lambda: now)])

    def complain(number: int) -> None:
        log.warning("request %d is none", number)

    for number in range(LINES.burst + 500):
        complain(number)
    log.warning("and there is something else")
    now += 1 / LINES.per_second
    complain(7)

    assert len(caplog.messages) == LINES.burst + 2
    assert caplog.messages[-2] == "and there is something else"
    assert caplog.messages[-1] == "request 7 is none (and 500 more like this before)"


def test_a_flood_of_what_is_no_request_leaves_few_lines(local_cloud: RunningCloud) -> None:
    address = urlsplit(local_cloud.endpoint)
    for _ in range(LINES.burst + 100):
        with socket.create_connection((address.hostname, address.port), timeout=20) as caller:
            caller.sendall(b"hello\r\n\r\n")
            assert caller.recv(1000).startswith(b"HTTP/1.1 400")
    log = CloudSettings(data_dir=local_cloud.data_dir).log_file.read_text()
    assert LINES.burst <= log.count("Invalid HTTP request") <= LINES.burst + 10
