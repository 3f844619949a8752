"""The upload of an archive: parts to presigned URLs, several at once, and the call that joins them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hathora_deploy.api.builds import CreatedBuildV3WithMultipartUrls
from hathora_deploy.api.multipart import CompletedPart
from hathora_deploy.pipeline.archive import Archive, GrowingArchive
from hathora_deploy.pipeline.errors import RefusedError, UploadError
from hathora_deploy.pipeline.part_plan import PartUpload, plan_parts, ready_parts
from hathora_deploy.pipeline.part_sender import PartSender
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.settings import UploadSettings
from hathora_deploy.pipeline.upload_crew import UploadCrew

DEFAULTS: Final = UploadSettings()
_FORBIDDEN: Final = 403


class LostUploadError(UploadError):
    """What was sent cannot be used any more; a new build, and all of the archive sent again, may do."""


def upload(
    archive: Archive | GrowingArchive,
    build: CreatedBuildV3WithMultipartUrls,
    *,
    reporter: Reporter,
    settings: UploadSettings = DEFAULTS,
) -> None:
    """Send every part as soon as it is there, then join them.

    ``build`` was created for the size of the archive, or for the bound of one that grows. Raises
    UploadError, without a URL, as soon as one part has failed for good; the others stop. Raises what
    keeps the archive from being written too.
    """
    size = archive.size if isinstance(archive, Archive) else archive.bound
    planned = plan_parts(size, build)
    reporter.uploading(archive.size)
    sender = PartSender(archive.path, settings=settings, reporter=reporter)
    with UploadCrew(sender, settings) as crew:
        completed = _send(crew, archive, planned)
        _join(crew, build, completed, planned)
    reporter.upload_complete(_size(archive), len(completed))


def _send(
    crew: UploadCrew, archive: Archive | GrowingArchive, planned: Sequence[PartUpload]
) -> list[CompletedPart]:
    completed: list[CompletedPart] = []
    try:
        for part in crew.send(ready_parts(archive, planned)):
            completed.append(part)
    except RefusedError as error:
        if error.status == _FORBIDDEN and completed:
            raise LostUploadError("the upload URLs have expired", hint=error.hint) from None
        raise
    return completed


def _join(
    crew: UploadCrew,
    build: CreatedBuildV3WithMultipartUrls,
    completed: Sequence[CompletedPart],
    planned: Sequence[PartUpload],
) -> None:
    try:
        crew.join(build.complete_upload_post_request_url, completed)
    except RefusedError as error:
        problem = error.message
        if error.status == _FORBIDDEN:
            problem = "the upload URLs have expired"
        elif len(completed) < len(planned):
            problem = f"the store wants all of {len(planned)} parts, and {len(completed)} hold the archive"
        raise LostUploadError(problem, hint=error.hint) from None


def _size(archive: Archive | GrowingArchive) -> int:
    """Of an archive that is complete."""
    assert archive.size is not None
    return archive.size
