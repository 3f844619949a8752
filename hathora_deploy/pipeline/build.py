"""An archive becomes a build: created, uploaded, run, and judged by its status."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from hathora_deploy.api.builds import BuildV3, CreatedBuildV3WithMultipartUrls
from hathora_deploy.api.errors import ApiError, Forbidden, NotFound, Unauthorized
from hathora_deploy.api.redaction import secrets_in
from hathora_deploy.client import HathoraCloud
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.adaptation import Adaptation
from hathora_deploy.pipeline.archive import Archive, GrowingArchive
from hathora_deploy.pipeline.build_lookup import find_build
from hathora_deploy.pipeline.part_sender import SentPart
from hathora_deploy.pipeline.plan import BuildPlan
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.undo import once_there, undone_on_failure
from hathora_deploy.pipeline.upload import LostUploadError, most_bytes, upload
from hathora_deploy.pipeline.upload_session import Unfinished, UploadSession
from hathora_deploy.pipeline.verdict import run_build
from hathora_deploy.pipeline.withdrawal import (
    is_superseded,
    is_waiting,
    withdraw,
    withdraw_unconfirmed,
)

_OF_THE_CALLER: Final = (Unauthorized, Forbidden, NotFound)
_SERVER_ERROR: Final = 500


class IdRefused(Exception):
    """The cloud makes no build of this id: there is one, or was, or something else is wrong."""

    def __init__(self, refusal: ApiError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class Superseded(Exception):
    """Somebody has put another build of the same id in the place of this one."""


def build(
    cloud: HathoraCloud,
    archive: GrowingArchive,
    *,
    build_id: str,
    plan: BuildPlan,
    reporter: Reporter,
    session: UploadSession,
    check: Callable[[], None] = lambda: None,
) -> BuildV3:
    """A build that succeeded. One that does not, for whatever reason, is deleted again.

    A large archive is uploaded while it is packed, to a build of the size that it may come to. Where
    that is refused, or the upload is lost, there is a second build, of the archive when it is complete.
    Where ``session`` remembers an upload that was ended, it is gone on with.
    ``check`` is called when it is uploaded, before the build is run.

    Raises BuildFailedError, UploadError, what the cloud answers, what keeps it from being packed, or what
    ``check`` does. Where nobody chose the id, others may use it for the same content: then it raises
    IdRefused and Superseded, too, and deletes no build of theirs, nor one that succeeded.
    """
    making = _Making(cloud, build_id, plan, reporter, session, archive.adaptation, check)
    is_overlapped = archive.bound >= plan.upload.overlap_from
    try:
        return making.build(archive if is_overlapped else archive.complete())
    except _SizeRefusedError as error:
        reporter.warning(f"packing before uploading, for the cloud refused: {error.refusal}")
    except LostUploadError as error:
        reporter.warning(f"{error}: everything is sent again")
    return making.build(archive.complete())


class _SizeRefusedError(Exception):
    """No build is to be had for what an archive may come to; there may be for what it comes to."""

    def __init__(self, refusal: ApiError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class _Making:
    """Makes builds of one id and one archive."""

    def __init__(
        self,
        cloud: HathoraCloud,
        build_id: str,
        plan: BuildPlan,
        reporter: Reporter,
        session: UploadSession,
        adaptation: Adaptation,
        check: Callable[[], None],
    ) -> None:
        self._cloud = cloud
        self._id = build_id
        self._is_shared = plan.build_id is None
        self._plan = plan
        self._reporter = reporter
        self._session = session
        self._adaptation = adaptation
        self._check = check
        self._created: CreatedBuildV3WithMultipartUrls | None = None
        self._is_in_doubt = False
        """Whether a call to create it has had no answer."""

    def build(self, archive: Archive | GrowingArchive) -> BuildV3:
        self._created, self._is_in_doubt = None, False
        earlier = self._earlier(archive)
        what = f"build {self._id}"
        try:
            with undone_on_failure(
                self._reporter,
                what,
                self._take_back,
                patience=self._plan.patience,
                is_needed=self._may_be_there,
            ):
                created = earlier.build if earlier else self._create(archive)
                self._created = created
                self._reporter.received(tuple(secrets_in(created)))
                upload(
                    archive,
                    created,
                    reporter=self._reporter,
                    settings=self._plan.upload,
                    earlier=earlier,
                    note=self._note,
                )
                self._check()
                succeeded = run_build(
                    self._cloud,
                    self._id,
                    timeout=self._plan.timeout,
                    patience=self._plan.patience,
                    reporter=self._reporter,
                )
        except HathoraError:
            made = self._created
            if made and self._is_shared and is_superseded(self._cloud, made):
                self._session.end()
                raise Superseded from None
            raise
        self._session.end()
        self._reporter.built(self._id)
        return succeeded

    def _note(self, part: SentPart) -> None:
        self._session.sent(part, self._adaptation.efforts)

    def _earlier(self, archive: Archive | GrowingArchive) -> Unfinished | None:
        """The upload to go on with; one that the archive may not fit into is taken back."""
        earlier = self._session.unfinished
        if earlier is None or earlier.build.build_id != self._id:
            return None
        if most_bytes(archive) > earlier.size or not is_waiting(self._cloud, earlier.build):
            self._withdraw(earlier.build)
            return None
        count = len(earlier.sent)
        self._reporter.warning(
            f"going on with an upload that was ended: {count} parts have arrived"
        )
        return earlier

    def _create(self, archive: Archive | GrowingArchive) -> CreatedBuildV3WithMultipartUrls:
        """The id is chosen here, so that a build whose creation is interrupted can be taken back."""
        size = most_bytes(archive)
        self._session.creating()
        self._is_in_doubt = True
        try:
            self._created = self._cloud.builds_v3.create_build(
                build_size_in_bytes=size, build_id=self._id, build_tag=self._plan.build_tag
            )
        except ApiError as error:  # there is nothing to take back
            self._is_in_doubt = False
            self._session.end()
            raise self._refusal(error, archive) from None
        self._session.created(self._created, size)
        return self._created

    def _refusal(self, error: ApiError, archive: Archive | GrowingArchive) -> Exception:
        """What a refusal is about, as far as can be told."""
        if isinstance(error, _OF_THE_CALLER):
            return error
        may_be_the_id = self._is_shared and error.status < _SERVER_ERROR
        if isinstance(archive, Archive):
            return IdRefused(error) if may_be_the_id else error
        if may_be_the_id and find_build(self._cloud, self._id) is not None:
            return IdRefused(error)
        return _SizeRefusedError(error)

    def _may_be_there(self) -> bool:
        # An id that somebody chose may be that of an earlier build.
        return self._created is not None or (self._is_in_doubt and self._is_shared)

    def _take_back(self) -> None:
        if self._created is not None:
            self._withdraw(self._created)
            return
        with suppress(NotFound):
            once_there(partial(withdraw_unconfirmed, self._cloud, self._id), self._plan.patience)()
        self._session.end()

    def _withdraw(self, created: BuildV3) -> None:
        with suppress(NotFound):
            if self._is_shared:
                withdraw(self._cloud, created)
            else:
                self._cloud.builds_v3.delete_build(build_id=self._id)
        # Only now: a build that is still there can be gone on with.
        self._session.end()
