"""What keeps a folder from becoming a deployment.

PipelineError
├── ContextError        the folder: missing, empty, no Dockerfile, unreadable
├── PlanError           the settings: a port nobody named, a value out of range, an unknown app
├── UncommittedError    a pipeline is to deploy what no commit has
├── AppBusyError        another deploy has the app, for longer than this one waits
├── LeaseLostError      another deploy has taken the app over, while this one was out of reach
├── ExportError         what was saved of an app is not enough to import it
├── ArchiveError        the archive cannot be written: disk full
├── UploadError         a part did not arrive, after every attempt
│   └── RefusedError    the store refused it
├── BuildFailedError    the cloud could not build it
├── HookFailedError     a command or a function of somebody's own has failed, or took too long
├── RollbackError       there is nothing to go back to, or nobody can tell to what
├── PromotionError      there is nothing to promote, or not to there
├── BuildGoneError      the build of a deployment is not there any more
├── SupersededError     something else was deployed meanwhile
└── ProcessFailedError  it was deployed, and its process is no good
    ├── StartFailedError    it did not start for a room
    └── VerifyFailedError   it did not bind, answer and stay up, or nobody could tell
"""

from __future__ import annotations

from typing import Final

from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.excerpt import shortened

_LONGEST_QUOTE: Final = 1000
"""Characters of a line of a log: a program may print megabytes without a line end."""


class PipelineError(HathoraError):
    """A folder did not become a deployment."""


class ContextError(PipelineError):
    """The folder cannot be packaged."""


class PlanError(PipelineError):
    """The settings do not fit the folder or the contract; ``problems`` lists every one."""

    def __init__(self, *problems: str, hint: str | None = None) -> None:
        super().__init__("; ".join(problems), hint=hint)
        self.problems = problems


class UncommittedError(PipelineError):
    """A pipeline is to deploy ``files`` that no commit has."""

    hint = "commit them, or pass --allow-dirty (HATHORA_ALLOW_DIRTY=1): the tag then ends in -dirty"

    def __init__(self, message: str, *, files: tuple[str, ...]) -> None:
        super().__init__(message)
        self.files = files


class AppBusyError(PipelineError):
    """Another deploy has the app, and goes first."""


class LeaseLostError(PipelineError):
    """Another deploy has taken the app over. Nothing was deployed over it."""


class ExportError(PipelineError):
    """What is said of an app cannot be imported; ``problems`` lists every one, with its place."""

    def __init__(self, *problems: str, hint: str | None = None) -> None:
        super().__init__("; ".join(problems), hint=hint)
        self.problems = problems


class ArchiveError(PipelineError):
    """The archive cannot be written."""


class UploadError(PipelineError):
    """The archive could not be uploaded."""


class RefusedError(UploadError):
    """The store refused a part, or to join them, with this HTTP status."""

    def __init__(self, message: str, *, status: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class BuildFailedError(PipelineError):
    """The build did not succeed, so nothing was deployed."""

    def __init__(self, message: str, *, build_id: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.build_id = build_id


class RollbackError(PipelineError):
    """There is no earlier deployment to go back to, or nobody can tell which."""


class PromotionError(PipelineError):
    """There is nothing to promote, or it cannot be promoted to there."""


class BuildGoneError(PipelineError):
    """The build of a deployment is not there any more, or not as it was."""


class SupersededError(PipelineError):
    """Something else was deployed meanwhile, and is not touched."""


class ProcessFailedError(PipelineError):
    """The deployment exists, but its process failed; ``log`` is the end of what it wrote.

    What a rollback then did is said by ``rolled_back_to``, the earlier deployment that is deployed again,
    and ``live_deployment_id``, the deployment that this made.
    """

    rolled_back_to: str | None = None
    live_deployment_id: str | None = None

    def __init__(
        self,
        message: str,
        *,
        deployment_id: str,
        process_id: str | None = None,
        exit_reason: str | None = None,
        log: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message + _quoted(log), hint=hint)
        self.deployment_id = deployment_id
        self.process_id = process_id
        self.exit_reason = exit_reason
        self.log = log


class StartFailedError(ProcessFailedError):
    """The process of a room did not start."""


class VerifyFailedError(ProcessFailedError):
    """A process of the deployment did not bind, answer and stay up, or it could not be found out."""


class HookFailedError(PipelineError):
    """A ``hook`` failed; ``log`` is the end of what it said. With a ``deployment_id``, that is live."""

    def __init__(
        self,
        message: str,
        *,
        hook: str,
        log: tuple[str, ...] = (),
        build_id: str | None = None,
        deployment_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message + _quoted(log), hint=hint)
        self.hook = hook
        self.log = log
        self.build_id = build_id
        self.deployment_id = deployment_id


def _quoted(log: tuple[str, ...]) -> str:
    return "".join(f"\n  | {shortened(line, _LONGEST_QUOTE)}" for line in log)
