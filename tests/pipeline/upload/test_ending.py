"""An upload that ends early stops all of its parts."""

from __future__ import annotations

import threading

import pytest

from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.upload_crew import UploadCrew
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.store import (
    Store,
    answers,
    waits_for,
)
from tests.pipeline.upload.conftest import send


def test_one_part_that_fails_stops_the_others(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"1": [answers(403)]}
    with pytest.raises(UploadError):
        send(store, archive, reporter, concurrency=1)
    assert store.requests == {"1": 1}


def test_a_part_that_hangs_does_not_hold_up_the_failure_of_another(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    release = threading.Event()
    store.faults = {"1": [answers(403)], "2": [waits_for(release)]}
    try:
        with pytest.raises(UploadError, match="part 1"):
            send(store, archive, reporter, concurrency=2)
        assert not release.is_set()
    finally:
        release.set()


def test_an_interruption_stops_every_part(
    store: Store, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(crew: UploadCrew) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(UploadCrew, "_next", interrupt)
    reporter = RecordingReporter()
    with pytest.raises(KeyboardInterrupt):
        send(store, archive, reporter, concurrency=1)
    assert store.requests["complete"] == 0
    assert not [each for each in threading.enumerate() if each.name == "upload"]
