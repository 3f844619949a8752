"""What somebody has done on the way of a deploy: commands, or functions of their program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.pipeline.revision import Revision


class HookPoint(StrEnum):
    """Where a deploy runs a hook."""

    BEFORE_PACKAGING = "before-packaging"
    AFTER_BUILD = "after-build"
    AFTER_DEPLOY = "after-deploy"


@dataclass(frozen=True)
class HookView:
    """What is known when a hook runs."""

    point: HookPoint
    folder: Path
    endpoint: str
    app_id: str | None
    """None before packaging where the app is yet to be made."""
    revision: Revision
    build: BuildV3 | None = None
    deployment: DeploymentV3 | None = None
    say: Callable[[str], None] = lambda line: None
    """For a line of its own among what the deploy reports."""

    def variables(self) -> dict[str, str]:
        """What a command is told. The first two are those by which commands of this tool go to the same app."""
        known = {
            "HATHORA_APP_ID": self.app_id,
            "HATHORA_CLOUD_ENDPOINT": self.endpoint,
            "HATHORA_HOOK": self.point,
            "HATHORA_HOOK_REVISION": self.revision.tag,
            "HATHORA_HOOK_BUILD_ID": self.build and self.build.build_id,
            "HATHORA_HOOK_BUILD_TAG": self.build and self.build.build_tag,
            "HATHORA_HOOK_DEPLOYMENT_ID": self.deployment and self.deployment.deployment_id,
        }
        return {name: value for name, value in known.items() if value}


Hook = str | Sequence[str] | Callable[[HookView], object]
"""A command for the shell, one as its words, or a function, which fails by raising an exception."""


@dataclass(frozen=True)
class Hooks:
    """What is run, and for how many seconds each may run. A function cannot be ended: it is left behind."""

    before_packaging: Hook | None = None
    after_build: Hook | None = None
    after_deploy: Hook | None = None
    timeout: float = 600.0

    def at(self, point: HookPoint) -> Hook | None:
        """The one of a point; None also for a command without a word."""
        hook: Hook | None = getattr(self, point.name.lower())
        return hook if callable(hook) or hook else None


NO_HOOKS: Final = Hooks()
