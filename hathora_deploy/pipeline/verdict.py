"""The run of a build: its log as it comes, and the status that it ends with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.api.errors import ApiError, NotFound
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import TransportError
from hathora_deploy.client.stream import Stream
from hathora_deploy.pipeline.build_log import log_lines
from hathora_deploy.pipeline.errors import BuildFailedError
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.progress import Reporter

_ENDED: Final = (BuildStatus.SUCCEEDED, BuildStatus.FAILED)


def run_build(
    cloud: HathoraCloud,
    build_id: str,
    *,
    timeout: float,
    patience: Patience,
    reporter: Reporter,
    run: Callable[[], Stream] | None = None,
) -> BuildV3:
    """Run a build whose archive is uploaded until it has succeeded, ``timeout`` seconds at most.

    ``run`` is the call that runs one of another kind. Raises BuildFailedError, or what the cloud answers.
    """
    deadline = time.monotonic() + timeout
    reporter.building(build_id)
    call = run or partial(cloud.builds_v3.run_build, build_id=build_id)
    is_over = partial(_is_over, cloud, build_id)
    log = _hand_on_log(call, deadline, is_over, reporter)
    ended = _wait(cloud, build_id, deadline, patience, log.interruption)
    return _require_success(ended, build_id, timeout, log)


def follow_build(
    cloud: HathoraCloud, build_id: str, *, timeout: float, patience: Patience, reporter: Reporter
) -> BuildV3 | None:
    """Wait, as ``run_build`` does, for a build that somebody else runs; None once it is gone."""
    deadline = time.monotonic() + timeout
    reporter.building(build_id)
    log = _Log()
    try:
        call = partial(cloud.builds_v3.run_build, build_id=build_id)
        log = _hand_on_log(call, deadline, partial(_is_over, cloud, build_id), reporter)
    except ApiError as error:
        if not isinstance(error, NotFound):
            reporter.warning(f"the build log cannot be had ({error}); waiting for the build to end")
    try:
        ended = _wait(cloud, build_id, deadline, patience, None)
    except NotFound:
        return None
    return _require_success(ended, build_id, timeout, log)


def _is_over(cloud: HathoraCloud, build_id: str) -> bool:
    """Whether a build writes nothing more. Raises TransportError where the cloud does not answer."""
    try:
        return cloud.builds_v3.get_build(build_id=build_id).status in _ENDED
    except NotFound:
        return True
    except ApiError:
        return False


@dataclass(frozen=True)
class _Log:
    """What a log says of a failure, and what broke it off; a build goes on without a reader."""

    reason: str = ""
    hint: str = ""
    interruption: TransportError | None = None


def _hand_on_log(
    run: Callable[[], Stream], deadline: float, is_over: Callable[[], bool], reporter: Reporter
) -> _Log:
    last_line = error_line = hint = ""
    try:
        for line in log_lines(run, deadline=deadline, is_over=is_over):
            reporter.build_line(line)
            last_line = line.strip() or last_line
            # So failures are marked in the logs of builds, and Hathora's plugins colour them by it.
            if line.startswith("Error"):
                error_line = line.removeprefix("Error:").strip()
            elif line.startswith("Hint:"):
                hint = line.removeprefix("Hint:").strip()
    except TransportError as error:
        reporter.warning(f"the build log broke off ({error}); waiting for the build to end")
        return _Log(interruption=error)
    return _Log(error_line or last_line, hint if error_line else "")


def _wait(
    cloud: HathoraCloud,
    build_id: str,
    deadline: float,
    patience: Patience,
    interruption: TransportError | None,
) -> BuildV3 | None:
    """The build once it has ended; None if it has not at the deadline."""

    def ended() -> BuildV3 | None:
        build = cloud.builds_v3.get_build(build_id=build_id)
        if build.status == BuildStatus.CREATED and interruption is not None:
            raise _NeverRan(build_id, interruption)
        return build if build.status in _ENDED else None

    return poll(ended, deadline=deadline, outage=patience.outage)


class _NeverRan(BuildFailedError):
    """The call that runs a build got lost on its way."""

    hint = "deploy again"

    def __init__(self, build_id: str, interruption: TransportError) -> None:
        super().__init__(f"build {build_id} was not run: {interruption}", build_id=build_id)


def _require_success(build: BuildV3 | None, build_id: str, timeout: float, log: _Log) -> BuildV3:
    if build is None:
        raise BuildFailedError(
            f"build {build_id} did not end within {timeout:g} s",
            build_id=build_id,
            hint="allow more time with the setting build_timeout",
        )
    if build.status != BuildStatus.SUCCEEDED:
        raise BuildFailedError(
            f"build {build_id} failed" + (f": {log.reason}" if log.reason else ""),
            build_id=build_id,
            hint=log.hint or "mend what the build log says, then deploy again",
        )
    return build
