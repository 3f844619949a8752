"""The upload of an archive: parts to presigned URLs, several at once, and the call that joins them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from hathora_deploy.api.builds import CreatedBuildV3WithMultipartUrls
from hathora_deploy.api.multipart import CompletedPart
from hathora_deploy.pipeline.archive import Archive, GrowingArchive
from hathora_deploy.pipeline.errors import RefusedError, UploadError
from hathora_deploy.pipeline.link import Link
from hathora_deploy.pipeline.part_plan import PartUpload, plan_parts, ready_parts
from hathora_deploy.pipeline.part_sender import PartSender, SentPart
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.settings import UploadSettings
from hathora_deploy.pipeline.upload_crew import UploadCrew
from hathora_deploy.pipeline.upload_session import Unfinished

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
    earlier: Unfinished | None = None,
    note: Callable[[SentPart], object] = lambda _: None,
) -> None:
    """Send every part as soon as it is there, then join them.

    ``build`` was created for the size of the archive, or for the bound of one that grows, or ``earlier``,
    for an upload that is gone on with; ``note`` hears of each part that has arrived. Raises UploadError,
    without a URL, as soon as one part has failed for good; the others stop. Raises what keeps the
    archive from being written too.
    """
    planned = plan_parts(earlier.size if earlier else most_bytes(archive), build)
    reporter.uploading(archive.size)
    known = earlier.sent if earlier else {}
    link = archive.link if isinstance(archive, GrowingArchive) else Link()
    sender = PartSender(archive.path, settings=settings, reporter=reporter, link=link, known=known)
    with UploadCrew(sender, settings) as crew:
        parts = _announced(ready_parts(archive, planned), link)
        completed = _send(crew, parts, note, is_resumed=earlier is not None)
        _join(crew, build, completed, planned)
    assert archive.size is not None
    reporter.upload_complete(archive.size, len(completed))


def most_bytes(archive: Archive | GrowingArchive) -> int:
    """What an archive has, or may come to."""
    return archive.size if isinstance(archive, Archive) else archive.bound


def _announced(parts: Iterable[PartUpload], link: Link) -> Iterator[PartUpload]:
    for each in parts:
        link.ready(each.part.length)
        yield each


def _send(
    crew: UploadCrew,
    parts: Iterable[PartUpload],
    note: Callable[[SentPart], object],
    *,
    is_resumed: bool,
) -> list[CompletedPart]:
    completed: list[CompletedPart] = []
    try:
        for sent in crew.send(parts):
            note(sent)
            completed.append(sent.completed)
    except RefusedError as error:
        if is_resumed:
            raise LostUploadError("the upload cannot be gone on with", hint=error.hint) from None
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
