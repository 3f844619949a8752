"""Which build a content gets: one that there is, one that somebody else makes just now, or a new one."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.api.errors import ApiError, NotFound
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.archive import Packed
from hathora_deploy.pipeline.build import IdRefused, Superseded
from hathora_deploy.pipeline.build_lookup import find_build
from hathora_deploy.pipeline.plan import BuildPlan
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.upload_session import UploadSession
from hathora_deploy.pipeline.verdict import follow_build

_ABANDONED: Final = timedelta(days=1)
"""No upload lasts longer: the URLs that it goes to are good for no more."""
_LEAST_PATIENCE: Final = 60.0
_SLOWEST_LINK: Final = 1 << 20
"""Bytes a second."""
_ROUNDS: Final = 5
"""How often others may be quicker before this deploy goes its own way."""


class Course(Enum):
    """What to do about the build that has the id of a content."""

    RESUME = "this very deploy was uploading it, and was ended"
    MAKE = "there is none, or nothing will come of it: it has failed, or expired, or was given up"
    REUSE = "it has succeeded"
    FOLLOW = "somebody runs it"
    AWAIT = "somebody may be uploading it"
    LEAVE = "it is to stay, and is not waited for"


@dataclass(frozen=True)
class Obtained:
    """A build that succeeded. ``archive`` is None where nothing was packed and sent."""

    build: BuildV3
    archive: Packed | None = None
    content_digest: str | None = None
    """In hex; None where an id was chosen for the build, and nobody had to know."""

    @property
    def is_reused(self) -> bool:
        return self.archive is None


def upload_patience(size: int, chosen: float | None = None) -> float:
    """The seconds for which the upload of a context of so many bytes, by somebody else, is waited for."""
    return _LEAST_PATIENCE + size / _SLOWEST_LINK if chosen is None else chosen


def course(found: BuildV3 | None, *, now: datetime, patience: float, force: bool = False) -> Course:
    """What to do. With ``force``, what there is and what others make is no good."""
    if found is None or found.deleted_at is not None or found.status == BuildStatus.FAILED:
        return Course.MAKE
    if found.expired_at is not None and found.expired_at <= now:
        return Course.MAKE
    age = now - found.created_at
    if found.status == BuildStatus.CREATED and age >= _ABANDONED:
        return Course.MAKE
    if force:
        return Course.LEAVE
    if found.status == BuildStatus.CREATED:
        return Course.AWAIT if age < timedelta(seconds=patience) else Course.LEAVE
    return Course.REUSE if found.status == BuildStatus.SUCCEEDED else Course.FOLLOW


def obtain_build(
    cloud: HathoraCloud,
    build_id: str,
    *,
    make: Callable[[str], Obtained],
    patience: float,
    plan: BuildPlan,
    reporter: Reporter,
    session: UploadSession,
) -> Obtained:
    """The build of a content, whose id is ``build_id``; ``make`` makes one of the id it is given.

    ``session`` is that of ``build_id``.

    Where that id cannot be had, the build gets one that begins with it. Raises what ``make`` and the cloud
    do, and BuildFailedError for a build that was waited for.
    """
    was_refused = False
    for _ in range(_ROUNDS):
        found = _find(cloud, build_id, plan)
        match _course(found, session, patience, plan):
            case Course.RESUME | Course.MAKE as way if not was_refused:
                if way is Course.MAKE and not _is_cleared(cloud, found):
                    break
                try:
                    return make(build_id)
                except IdRefused:
                    was_refused = True  # somebody was quicker, or this cloud gives no id twice
                except Superseded:
                    pass
            case Course.REUSE if found is not None:
                return _reused(found, reporter)
            case Course.FOLLOW:
                ended = follow_build(
                    cloud,
                    build_id,
                    timeout=plan.timeout,
                    patience=plan.patience,
                    reporter=reporter,
                )
                if ended is not None:
                    return _reused(ended, reporter)
            case Course.AWAIT if found is not None:
                if not _await_upload(cloud, found, patience, plan, reporter):
                    break
            case _:
                break
    return _obtain_sibling(cloud, build_id, make=make, plan=plan, reporter=reporter)


def _course(
    found: BuildV3 | None, session: UploadSession, patience: float, plan: BuildPlan
) -> Course:
    if found is not None and session.is_of(found):
        return Course.RESUME
    is_left_over = found is not None and found.status == BuildStatus.CREATED
    if is_left_over and session.was_creating:
        return Course.MAKE
    return course(found, now=datetime.now(UTC), patience=patience, force=plan.force)


def _find(cloud: HathoraCloud, build_id: str, plan: BuildPlan) -> BuildV3 | None:
    def ask() -> tuple[BuildV3 | None]:
        return (find_build(cloud, build_id),)

    answer = poll(ask, deadline=math.inf, outage=plan.patience.outage)
    return answer[0] if answer else None


def _reused(found: BuildV3, reporter: Reporter) -> Obtained:
    reporter.reused(found)
    return Obtained(found)


def _await_upload(
    cloud: HathoraCloud, found: BuildV3, patience: float, plan: BuildPlan, reporter: Reporter
) -> bool:
    """Whether something becomes of it before the patience is over, which began when it was created."""
    age = (datetime.now(UTC) - found.created_at).total_seconds()
    left = min(patience, patience - age)  # by the clock of a cloud that is ahead it is yet to come
    reporter.warning(
        f"build {found.build_id} of the same content is being uploaded by another deploy: "
        f"waiting {left:.0f} s for it at most"
    )

    def has_changed() -> bool | None:
        now = _find(cloud, found.build_id, plan)
        return True if now is None or now.status != BuildStatus.CREATED else None

    deadline = time.monotonic() + left
    return bool(poll(has_changed, deadline=deadline, outage=plan.patience.outage))


def _is_cleared(cloud: HathoraCloud, found: BuildV3 | None) -> bool:
    """Delete a build that nothing will come of, if there is one; False where the cloud keeps it."""
    if found is None or found.deleted_at is not None:
        return True
    try:
        cloud.builds_v3.delete_build(build_id=found.build_id)
    except NotFound:
        return True
    except ApiError:
        return False
    return True


def _obtain_sibling(
    cloud: HathoraCloud,
    build_id: str,
    *,
    make: Callable[[str], Obtained],
    plan: BuildPlan,
    reporter: Reporter,
) -> Obtained:
    """The same content under an id that begins with the one that cannot be had."""
    for found in [] if plan.force else cloud.builds_v3.get_builds().builds:
        is_sibling = found.build_id.startswith(f"{build_id}-")
        if is_sibling and course(found, now=datetime.now(UTC), patience=0) is Course.REUSE:
            return _reused(found, reporter)
    own_id = f"{build_id}-{secrets.token_hex(4)}"
    if not plan.force:
        reporter.warning(f"the id {build_id} cannot be had: the build is {own_id}")
    try:
        return make(own_id)
    except IdRefused as error:
        raise error.refusal from None
