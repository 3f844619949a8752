"""A deployment that turns out to be no good is followed by the one that was there before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.deployment import Earlier
from hathora_deploy.pipeline.errors import (
    HookFailedError,
    PipelineError,
    ProcessFailedError,
    RollbackError,
)
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.restoration import require_live, restore
from hathora_deploy.pipeline.rollback_target import runs_same


@contextmanager
def rolled_back_on_failure(
    cloud: HathoraCloud,
    deployment: DeploymentV3,
    earlier: Earlier,
    *,
    is_wanted: bool,
    reporter: Reporter,
    check: Callable[[], object],
) -> Iterator[None]:
    """Deploy what there was before again unless the block ends well; Ctrl-C is no good end either.

    A hook that fails tells nothing against the deployment, which stays.
    The error that led here matters more than those of going back, which are warnings; ``check`` is called
    before anything is made.
    """
    try:
        yield
    except HookFailedError:
        raise
    except BaseException as error:
        if is_wanted:
            _go_back(cloud, deployment, earlier, error, reporter, check)
        raise


def _go_back(
    cloud: HathoraCloud,
    failed: DeploymentV3,
    earlier: Earlier,
    error: BaseException,
    reporter: Reporter,
    check: Callable[[], object],
) -> None:
    try:
        target = _automatic_target(cloud, failed, earlier)
        live = restore(cloud, target, reporter=reporter, check=check)
    except PipelineError as obstacle:
        reporter.warning(f"there was no rollback from {failed.deployment_id}: {obstacle}")
        return
    except HathoraError as trouble:
        by_hand = "to try again: hathora-deploy rollback"
        reporter.warning(f"there was no rollback from {failed.deployment_id}: {trouble}; {by_hand}")
        return
    if isinstance(error, ProcessFailedError):
        error.rolled_back_to = target.deployment_id
        error.live_deployment_id = live.deployment_id


def _automatic_target(cloud: HathoraCloud, failed: DeploymentV3, earlier: Earlier) -> DeploymentV3:
    """Raises RollbackError where to go back would change nothing, SupersededError, BuildGoneError."""
    target = earlier.latest
    if not earlier.is_known:
        raise RollbackError("what was deployed before could not be found out")
    if target is None:
        raise RollbackError("it is the first deployment")
    if runs_same(target, failed):
        raise RollbackError(f"{target.deployment_id} before it has the same build and settings")
    require_live(cloud, failed)
    return target
