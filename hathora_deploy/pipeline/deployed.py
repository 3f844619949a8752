"""What a deploy has come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.pipeline.archive import Packed
from hathora_deploy.pipeline.pipeline_run import PipelineRun
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.room import RunningRoom
from hathora_deploy.pipeline.verification import Verified


@dataclass(frozen=True)
class Deployed:
    """What became of a folder. Sizes are in bytes."""

    revision: Revision
    files: int
    context_size: int
    archive: Packed | None
    """None where nothing was packed, since there was a build of this content."""
    content_digest: str | None
    """In hex, of what the build is made of; None where its id was chosen, and nobody had to know."""
    build: BuildV3
    deployment: DeploymentV3
    previous: DeploymentV3 | None
    """The deployment there was before."""
    verified: Verified | None
    """None where nobody asked for it."""
    room: RunningRoom | None
    run: PipelineRun | None
    """The run of a pipeline that has deployed it."""
    seconds: Mapping[str, float]
    """What each step took: ``wait`` for other deploys, ``build``, ``deploy``, ``verify``, ``room``."""

    @property
    def archive_size(self) -> int | None:
        """What was packed and sent, if anything was."""
        return self.archive.size if self.archive else None

    @property
    def is_reused(self) -> bool:
        """Whether the build is one that there was."""
        return self.archive is None
