"""The hooks of a deploy are run: what they are told, what is heard of them, and what a failure means."""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.command import CommandError, run_command
from hathora_deploy.pipeline.errors import HookFailedError
from hathora_deploy.pipeline.excerpt import shortened
from hathora_deploy.pipeline.git_revision import read_revision
from hathora_deploy.pipeline.hook_function import FunctionError, run_function
from hathora_deploy.pipeline.hooks import Hook, HookPoint, HookView
from hathora_deploy.pipeline.pipeline_run import find_run
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.reuse import Obtained
from hathora_deploy.pipeline.revision import Revision, completed
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.undo import undone_on_failure
from hathora_deploy.pipeline.withdrawal import withdraw_made

_TAIL: Final = 20
"""Lines of its output that an error quotes."""
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, kw_only=True)
class HookRunner:
    """The hooks of the deploy of a folder or an archive. Each method raises HookFailedError."""

    settings: DeploySettings
    path: Path
    cloud: HathoraCloud
    reporter: Reporter
    environment: Mapping[str, str] = field(repr=False)

    def before_packaging(self) -> None:
        """Not for an archive, for which nothing is packaged."""
        if self.settings.hooks.before_packaging and self.path.is_dir():
            found = read_revision(self.path, timeout=self.settings.git_timeout)
            self._run(HookPoint.BEFORE_PACKAGING, completed(found, find_run(self.environment)))

    def after_build(self, revision: Revision, obtained: Obtained) -> None:
        """A build that this deploy has made goes again where the hook fails."""
        build = obtained.build
        with undone_on_failure(
            self.reporter,
            f"build {build.build_id}",
            lambda: withdraw_made(self.cloud, build),
            patience=self.settings.patience,
            is_needed=lambda: not obtained.is_reused,
        ):
            self._run(HookPoint.AFTER_BUILD, revision, build)

    def after_deploy(self, revision: Revision, build: BuildV3, deployment: DeploymentV3) -> None:
        self._run(HookPoint.AFTER_DEPLOY, revision, build, deployment)

    def _run(
        self,
        point: HookPoint,
        revision: Revision,
        build: BuildV3 | None = None,
        deployment: DeploymentV3 | None = None,
    ) -> None:
        hook = self.settings.hooks.at(point)
        if hook is None:
            return
        tail: deque[str] = deque(maxlen=_TAIL)

        def say(line: str) -> None:
            tail.append(line)
            self.reporter.hook_line(line)

        view = HookView(
            point,
            folder=self.path if self.path.is_dir() else self.path.parent,
            endpoint=self.cloud.endpoint,
            app_id=self.cloud.app_id,
            revision=revision,
            build=build,
            deployment=deployment,
            say=say,
        )
        self.reporter.hook(point, _name(hook))
        try:
            self._call(hook, view)
        except (CommandError, FunctionError) as error:
            problem = f"failed, `{_name(hook)}`: {error}"
            raise _failed(view, problem, tuple(tail)) from error.__cause__
        self.reporter.hook_succeeded(point)

    def _call(self, hook: Hook, view: HookView) -> None:
        if callable(hook):
            function = hook
            run_function(lambda: function(view), timeout=self.settings.hooks.timeout)
        else:
            run_command(
                hook,
                folder=view.folder,
                environment={**self.environment, **view.variables()},
                timeout=self.settings.hooks.timeout,
                say=view.say,
            )


def _name(hook: Hook) -> str:
    if callable(hook):
        return str(getattr(hook, "__qualname__", hook))
    text = " ".join((hook if isinstance(hook, str) else shlex.join(hook)).split())
    return shortened(text, _LONGEST_NAME)


def _failed(view: HookView, problem: str, log: tuple[str, ...]) -> HookFailedError:
    deployment_id = view.deployment.deployment_id if view.deployment else None
    if deployment_id is None:
        message = f"the hook {view.point} {problem}"
        hint = "nothing was deployed: mend the hook, then deploy again"
    else:
        message = f"{deployment_id} is live, but the hook {view.point} {problem}"
        hint = "`hathora-deploy rollback` goes back to what was live before"
    return HookFailedError(
        message,
        hook=view.point,
        log=log,
        build_id=view.build.build_id if view.build and deployment_id else None,
        deployment_id=deployment_id,
        hint=hint,
    )
