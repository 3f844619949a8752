"""What is done about a build, by its state alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.pipeline.reuse import Course, course

NOW = datetime(2026, 1, 2, tzinfo=UTC)
FOUND = BuildV3(
    org_id="org-1",
    build_id="bld-1",
    created_by="me",
    created_at=NOW - timedelta(minutes=5),
    started_at=None,
    finished_at=None,
    deleted_at=None,
    status=BuildStatus.SUCCEEDED,
    image_size=1,
)
CREATED = FOUND.model_copy(update={"status": BuildStatus.CREATED})


@pytest.mark.parametrize(
    ("found", "patience", "force", "expected"),
    [
        (None, 60, False, Course.MAKE),
        (None, 60, True, Course.MAKE),
        (FOUND, 60, False, Course.REUSE),
        (FOUND, 60, True, Course.LEAVE),
        (FOUND.model_copy(update={"expired_at": NOW}), 60, False, Course.MAKE),
        (FOUND.model_copy(update={"expired_at": NOW + timedelta(1)}), 60, False, Course.REUSE),
        (FOUND.model_copy(update={"deleted_at": NOW}), 60, False, Course.MAKE),
        (FOUND.model_copy(update={"status": BuildStatus.FAILED}), 60, True, Course.MAKE),
        (FOUND.model_copy(update={"status": BuildStatus.RUNNING}), 60, False, Course.FOLLOW),
        (FOUND.model_copy(update={"status": BuildStatus.RUNNING}), 60, True, Course.LEAVE),
        (FOUND.model_copy(update={"status": BuildStatus("queued")}), 60, False, Course.FOLLOW),
        (CREATED, 600, False, Course.AWAIT),
        (CREATED, 600, True, Course.LEAVE),
        (CREATED, 60, False, Course.LEAVE),
        (CREATED.model_copy(update={"created_at": NOW + timedelta(1)}), 60, False, Course.AWAIT),
        (CREATED.model_copy(update={"created_at": NOW - timedelta(1)}), 60, False, Course.MAKE),
    ],
)
def test_the_state_of_a_build_says_what_to_do_about_it(
    found: BuildV3 | None, patience: float, force: bool, expected: Course
) -> None:
    assert course(found, now=NOW, patience=patience, force=force) is expected
