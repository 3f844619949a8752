"""Checks are made beside each other, and told of in their order."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.checks.examination import Check, examine
from hathora_deploy.pipeline.checks.finding import Finding, State


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Is set only when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_one_check_that_fails_and_one_that_hangs_keep_no_other_from_being_made(
    never: threading.Event,
) -> None:
    def hangs() -> Finding:
        never.wait()
        return Finding.ok("hangs", "too late")

    def refuses() -> Finding:
        raise HathoraError("no such thing", hint="make one")

    def is_broken() -> Finding:
        raise ZeroDivisionError("by nought")

    checks = [
        Check("refuses", refuses),
        Check("hangs", hangs),
        Check("broken", is_broken),
        Check("good", lambda: [Finding.ok("good", "one"), Finding.warning("good", "two")]),
    ]
    found = list(examine(checks, timeout=3))
    assert [(each.about, each.state) for each in found] == [
        ("refuses", State.PROBLEM),
        ("hangs", State.PROBLEM),
        ("broken", State.PROBLEM),
        ("good", State.OK),
        ("good", State.WARNING),
    ]
    assert (found[0].what, found[0].fix) == ("no such thing", "make one")
    assert "within 3 s" in found[1].what
    assert "ZeroDivisionError: by nought" in found[2].what
