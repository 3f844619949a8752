"""An archive becomes a build: created, uploaded, run, and judged by its status."""

from __future__ import annotations

import time
from functools import partial
from typing import Final
from uuid import uuid4

from hathora_deploy.api.builds import BuildStatus, BuildV3, CreatedBuildV3WithMultipartUrls
from hathora_deploy.api.errors import ApiError, Forbidden, NotFound, Unauthorized
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import TransportError
from hathora_deploy.pipeline.archive import Archive, GrowingArchive
from hathora_deploy.pipeline.build_log import log_lines
from hathora_deploy.pipeline.errors import BuildFailedError
from hathora_deploy.pipeline.plan import BuildPlan
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.undo import take_back_unconfirmed, undone_on_failure
from hathora_deploy.pipeline.upload import LostUploadError, upload

_NO_MATTER_OF_SIZE: Final = (Unauthorized, Forbidden, NotFound)


def build(
    cloud: HathoraCloud, archive: GrowingArchive, *, plan: BuildPlan, reporter: Reporter
) -> BuildV3:
    """A build that succeeded. One that does not, for whatever reason, is deleted again.

    A large archive is uploaded while it is packed, to a build of the size that it may come to. Where
    that is refused, or the upload is lost, there is a second build, of the archive when it is complete.
    Raises BuildFailedError, UploadError, what the cloud answers, or what keeps it from being packed.
    """
    is_overlapped = archive.bound >= plan.upload.overlap_from
    source = archive if is_overlapped else archive.complete()
    try:
        created = _create(cloud, source, plan, reporter)
        return _run_to_the_end(cloud, source, created, plan, reporter)
    except _SizeRefusedError as error:
        reporter.warning(f"packing before uploading, for the cloud refused: {error.refusal}")
    except LostUploadError as error:
        reporter.warning(f"{error}: everything is sent again")
    complete = archive.complete()
    created = _create(cloud, complete, plan, reporter)
    return _run_to_the_end(cloud, complete, created, plan, reporter)


def _run_to_the_end(
    cloud: HathoraCloud,
    archive: Archive | GrowingArchive,
    created: CreatedBuildV3WithMultipartUrls,
    plan: BuildPlan,
    reporter: Reporter,
) -> BuildV3:
    build_id = created.build_id
    with undone_on_failure(
        reporter, f"build {build_id}", partial(cloud.builds_v3.delete_build, build_id=build_id)
    ):
        upload(archive, created, reporter=reporter, settings=plan.upload)
        deadline = time.monotonic() + plan.timeout
        reporter.building(build_id)
        reason, interruption = _run(cloud, build_id, deadline, reporter)
        ended = _wait(cloud, build_id, deadline, interruption)
        succeeded = _require_success(ended, build_id, plan.timeout, reason)
    reporter.built(build_id)
    return succeeded


class _SizeRefusedError(Exception):
    """No build is to be had for what an archive may come to; there may be for what it comes to."""

    def __init__(self, refusal: ApiError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def _create(
    cloud: HathoraCloud, archive: Archive | GrowingArchive, plan: BuildPlan, reporter: Reporter
) -> CreatedBuildV3WithMultipartUrls:
    """The id is chosen here, so that a build whose creation is interrupted can be taken back."""
    build_id = plan.build_id or f"bld-{uuid4()}"
    size = archive.size if isinstance(archive, Archive) else archive.bound
    try:
        return cloud.builds_v3.create_build(
            build_size_in_bytes=size, build_id=build_id, build_tag=plan.build_tag
        )
    except ApiError as error:
        # Refused: there is nothing to take back.
        if isinstance(archive, Archive) or isinstance(error, _NO_MATTER_OF_SIZE):
            raise
        raise _SizeRefusedError(error) from None
    except BaseException:
        if plan.build_id is None:  # an id that somebody chose may be that of an earlier build
            delete = partial(cloud.builds_v3.delete_build, build_id=build_id)
            take_back_unconfirmed(reporter, f"build {build_id}", delete)
        raise


def _run(
    cloud: HathoraCloud, build_id: str, deadline: float, reporter: Reporter
) -> tuple[str, TransportError | None]:
    """What the log says of a failure, and what broke it off; a build goes on without a reader."""
    last_line = error_line = ""
    try:
        run = partial(cloud.builds_v3.run_build, build_id=build_id)
        for line in log_lines(run, deadline=deadline):
            reporter.build_line(line)
            last_line = line.strip() or last_line
            # So failures are marked in the logs of builds, and Hathora's plugins colour them by it.
            if line.startswith("Error"):
                error_line = line.removeprefix("Error:").strip()
    except TransportError as error:
        reporter.warning(f"the build log broke off ({error}); waiting for the build to end")
        return "", error
    return error_line or last_line, None


def _wait(
    cloud: HathoraCloud, build_id: str, deadline: float, interruption: TransportError | None
) -> BuildV3 | None:
    """The build once it has ended; None if it has not at the deadline."""

    def ended() -> BuildV3 | None:
        build = cloud.builds_v3.get_build(build_id=build_id)
        if build.status == BuildStatus.CREATED and interruption is not None:
            raise _NeverRan(build_id, interruption)
        return build if build.status in (BuildStatus.SUCCEEDED, BuildStatus.FAILED) else None

    return poll(ended, deadline=deadline)


class _NeverRan(BuildFailedError):
    """The call that runs a build got lost on its way."""

    hint = "deploy again"

    def __init__(self, build_id: str, interruption: TransportError) -> None:
        super().__init__(f"build {build_id} was not run: {interruption}", build_id=build_id)


def _require_success(build: BuildV3 | None, build_id: str, timeout: float, reason: str) -> BuildV3:
    if build is None:
        raise BuildFailedError(
            f"build {build_id} did not end within {timeout:g} s",
            build_id=build_id,
            hint="allow more time with the setting build_timeout",
        )
    if build.status != BuildStatus.SUCCEEDED:
        raise BuildFailedError(
            f"build {build_id} failed" + (f": {reason}" if reason else ""),
            build_id=build_id,
            hint="mend what the build log says, then deploy again",
        )
    return build
