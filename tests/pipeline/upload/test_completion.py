"""The completion of an upload, of which it may stay unknown whether it was heard."""

from __future__ import annotations

import pytest

from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.upload import LostUploadError
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.store import (
    Store,
    answers,
    breaks_off,
    cuts_after,
    cuts_the_answer,
)
from tests.pipeline.upload.conftest import send


@pytest.mark.parametrize(
    "fault",
    [
        answers(503),
        answers(200, b'<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>'),
        cuts_after(0),
        breaks_off("HTTP/1.1 200 OK\r\n"),
    ],
    ids=["503", "an error after 200", "cut", "cut in the answer"],
)
def test_the_completion_is_sent_again_after_a_failure_that_may_pass(
    store: Store, archive: Archive, reporter: RecordingReporter, fault
) -> None:
    store.faults = {"complete": [fault]}
    send(store, archive, reporter)
    assert store.requests["complete"] == 2
    assert "upload complete" in reporter.steps


def test_an_upload_that_is_gone_after_an_unanswered_completion_is_complete(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"complete": [cuts_the_answer, answers(404)]}
    send(store, archive, reporter)
    assert "upload complete" in reporter.steps


def test_a_completion_that_is_refused_fails_the_upload(
    store: Store, archive: Archive, reporter: RecordingReporter
) -> None:
    store.faults = {"complete": [answers(404)]}
    with pytest.raises(LostUploadError, match="the archive was refused by the store: HTTP 404"):
        send(store, archive, reporter)
    assert "upload complete" not in reporter.steps
