"""Whoever waits is told for what, and no wait is without an end."""

from __future__ import annotations

import queue
import re
import socket

import pytest

from hathora_deploy.api.network import Region
from hathora_deploy.cli import progress
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.silence import Silence

from .conftest import Run


def test_a_silence_is_told_of_ever_more_rarely() -> None:
    told: queue.SimpleQueue[float] = queue.SimpleQueue()
    with Silence(told.put, first=0.1):
        first, second, third = (told.get(timeout=60) for _ in range(3))
    assert first >= 0.1
    assert second >= 2 * 0.1
    assert third >= 4 * 0.1


def test_news_begin_the_silence_anew() -> None:
    told: queue.SimpleQueue[float] = queue.SimpleQueue()
    with Silence(told.put, first=0.1) as silence:
        earlier = [told.get(timeout=60) for _ in range(3)][-1]
        silence.news()
        later = told.get(timeout=60)
        while later >= earlier:  # it was on its way, or the machine has much else to do
            silence.news()
            later = told.get(timeout=60)
    assert later < earlier


def test_a_time_in_which_nothing_is_expected_is_no_silence() -> None:
    told: queue.SimpleQueue[float] = queue.SimpleQueue()

    def tell(seconds: float) -> None:
        told.put(seconds)
        silence.news(until_next=0.5)

    silence = Silence(tell, first=0.1)
    with silence:
        told.get(timeout=60)
        assert told.get(timeout=60) >= 0.6


def test_a_stage_without_news_is_told_of_in_a_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = progress.LineReporter(Output())
    told: queue.SimpleQueue[float] = queue.SimpleQueue()
    tell = reporter._tell_silence
    monkeypatch.setattr(
        reporter,
        "_silence",
        Silence(lambda seconds: (tell(seconds), told.put(seconds))[1], first=0.1),
    )
    with reporter:
        reporter.room_starting("room1", Region.SEATTLE)
        reporter.warning("it is slow")
        told.get(timeout=60)
    assert "  room      no news for " in capsys.readouterr().err


def test_a_cloud_that_does_not_answer_is_named_and_given_up(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        done = run("apps", "--endpoint", endpoint, "--call-timeout", "7", HATHORA_TOKEN="t")
    assert done.returncode == 1
    waiting = rf"^  waiting   for {re.escape(endpoint)} to answer, [567] s so far$"
    assert re.search(waiting, done.stderr, re.MULTILINE)
    assert "took too long to answer" in done.stderr
    assert "hint: check the network and the cloud, or give it longer: --call-timeout" in done.stderr
