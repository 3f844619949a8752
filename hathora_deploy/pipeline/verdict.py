"""The run of a build: its log as it comes, and the status that it ends with."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.api.errors import ApiError, NotFound
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import TransportError
from hathora_deploy.client.stream import Stream
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.build_log import BuildLog, log_lines
from hathora_deploy.pipeline.errors import BuildFailedError
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.retry import is_passing

_ENDED: Final = (BuildStatus.SUCCEEDED, BuildStatus.FAILED)
_PAUSE: Final = 1.0
"""Seconds before a log is asked for again that has broken off."""


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
    build = _Run(cloud, build_id, timeout=timeout, patience=patience, reporter=reporter, call=run)
    interruption = build.hand_on_log()
    return build.require_success(build.wait(interruption))


def follow_build(
    cloud: HathoraCloud, build_id: str, *, timeout: float, patience: Patience, reporter: Reporter
) -> BuildV3 | None:
    """Wait, as ``run_build`` does, for a build that somebody else runs; None once it is gone."""
    build = _Run(cloud, build_id, timeout=timeout, patience=patience, reporter=reporter)
    try:
        build.hand_on_log()
    except ApiError as error:
        if not isinstance(error, NotFound):
            reporter.warning(f"the build log cannot be had ({error}); waiting for the build to end")
    try:
        ended = build.wait()
    except NotFound:
        return None
    return build.require_success(ended)


class _Run:
    """One run of a build, for which somebody waits."""

    def __init__(
        self,
        cloud: HathoraCloud,
        build_id: str,
        *,
        timeout: float,
        patience: Patience,
        reporter: Reporter,
        call: Callable[[], Stream] | None = None,
    ) -> None:
        """``call`` runs it; called again, it gives the log again, from its beginning."""
        self._cloud = cloud
        self._build_id = build_id
        self._timeout = timeout
        self._began = time.monotonic()
        self._deadline = self._began + timeout
        self._patience = patience
        self._reporter = reporter
        self._call = call or partial(cloud.builds_v3.run_build, build_id=build_id)
        self._log = BuildLog(reporter)
        reporter.building(build_id)

    def hand_on_log(self) -> HathoraError | None:
        """Report the log to its end, over as many connections as it takes.

        Returns what broke it off, where the rest cannot be had: a build goes on without a reader. Raises what
        the cloud answers to the call, and to questions for longer than a cloud may be away.
        """
        seen: list[str] = []
        while True:
            try:
                lines = log_lines(self._call, deadline=self._deadline, is_over=self._is_over)
                self._log.hand_on(lines)
            except HathoraError as error:
                interruption = error
            else:
                return None
            is_refused = not (isinstance(interruption, TransportError) or is_passing(interruption))
            if not seen:
                if is_refused:
                    raise interruption
                self._reporter.warning(
                    f"the build log broke off ({interruption}); asking for the rest of it"
                )
            build = poll(self._ask, deadline=self._deadline, outage=self._patience.outage)
            if is_refused or build is None or not self._has_more(build.status, seen):
                break
            seen.append(build.status)
            time.sleep(max(0.0, min(_PAUSE, self._deadline - time.monotonic())))
        self._reporter.warning(
            f"the rest of the build log cannot be had ({interruption}); waiting for the build to end"
        )
        return interruption

    def _has_more(self, status: str, seen: Sequence[str]) -> bool:
        """Whether a log that broke off is asked for again. One of a build that has ended is, once."""
        if status == BuildStatus.CREATED:
            return time.monotonic() - self._began <= self._patience.outage
        return status not in _ENDED or status not in seen

    def wait(self, interruption: HathoraError | None = None) -> BuildV3 | None:
        """The build once it has ended; None if it has not at the deadline.

        What has broken its log off counts where it was never run.
        """

        def ended() -> BuildV3 | None:
            build = self._ask()
            if build.status == BuildStatus.CREATED and interruption is not None:
                raise _NeverRan(self._build_id, interruption)
            return build if build.status in _ENDED else None

        return poll(ended, deadline=self._deadline, outage=self._patience.outage)

    def require_success(self, build: BuildV3 | None) -> BuildV3:
        """The build. Raises BuildFailedError where it failed, or has not ended in time."""
        if build is None:
            raise BuildFailedError(
                f"build {self._build_id} did not end within {self._timeout:g} s",
                build_id=self._build_id,
                hint="allow more time with the setting build_timeout",
            )
        if build.status != BuildStatus.SUCCEEDED:
            reason = self._log.reason
            raise BuildFailedError(
                f"build {self._build_id} failed" + (f": {reason}" if reason else ""),
                build_id=self._build_id,
                hint=self._log.hint or "mend what the build log says, then deploy again",
            )
        return build

    def _ask(self) -> BuildV3:
        return self._cloud.builds_v3.get_build(build_id=self._build_id)

    def _is_over(self) -> bool:
        """Whether it writes nothing more. Raises TransportError where the cloud does not answer."""
        try:
            return self._ask().status in _ENDED
        except NotFound:
            return True
        except ApiError:
            return False


class _NeverRan(BuildFailedError):
    """The call that runs a build got lost on its way."""

    hint = "deploy again"

    def __init__(self, build_id: str, interruption: HathoraError) -> None:
        super().__init__(f"build {build_id} was not run: {interruption}", build_id=build_id)
