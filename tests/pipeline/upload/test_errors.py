"""What the errors of an upload say, and what they must not."""

from __future__ import annotations

import pytest

from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.upload import upload
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.store import (
    SIGNATURE,
    Store,
    answers,
    cuts_after,
)
from tests.pipeline.upload.conftest import AT_ONCE, PART, send


@pytest.mark.parametrize("fault", [answers(403), answers(500), cuts_after(0)])
def test_no_error_shows_a_presigned_url(
    store: Store, archive: Archive, reporter: RecordingReporter, fault
) -> None:
    store.faults = {"1": [fault] * 3}
    with pytest.raises(UploadError) as caught:
        send(store, archive, reporter)
    seen, error = "", caught.value
    while error is not None:
        seen += repr(error) + str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert SIGNATURE not in seen
    assert "/part/" not in seen


def test_a_url_that_cannot_be_used_is_not_shown(
    archive: Archive, reporter: RecordingReporter
) -> None:
    with Store() as store:
        build = store.build(archive.size, PART)
    broken = build.model_copy(
        update={
            "upload_parts": [
                each.model_copy(
                    update={
                        "put_request_url": type(each.put_request_url)("nonsense:?X-Signature=1")
                    }
                )
                for each in build.upload_parts
            ]
        }
    )
    with pytest.raises(UploadError, match="an upload URL that cannot be used") as caught:
        upload(archive, broken, reporter=reporter, settings=AT_ONCE)
    assert "Signature" not in str(caught.value)


def test_a_store_that_is_not_there_is_said_to_be_so(
    archive: Archive, reporter: RecordingReporter
) -> None:
    with Store() as store:
        build = store.build(archive.size, PART)
    with pytest.raises(UploadError, match=r"3 attempts: http://127\.0\.0\.1:\d+ refused"):
        upload(archive, build, reporter=reporter, settings=AT_ONCE)
