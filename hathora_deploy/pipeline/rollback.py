"""Going back: an earlier build is deployed again, with the settings it had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.errors import NotFound
from hathora_deploy.client import HathoraCloud
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.deployment import Earlier, create_deployment, latest_deployment
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.errors import HookFailedError, ProcessFailedError, RollbackError
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.rollback_target import build_problem, runs_same


@contextmanager
def rolled_back_on_failure(
    cloud: HathoraCloud,
    deployment: DeploymentV3,
    earlier: Earlier,
    *,
    is_wanted: bool,
    reporter: Reporter,
) -> Iterator[None]:
    """Deploy what there was before again unless the block ends well; Ctrl-C is no good end either.

    A hook that fails tells nothing against the deployment, which stays.
    The error that led here matters more than those of going back, which are warnings.
    """
    try:
        yield
    except HookFailedError:
        raise
    except BaseException as error:
        if is_wanted:
            _go_back(cloud, deployment, earlier, error, reporter)
        raise


def _go_back(
    cloud: HathoraCloud,
    failed: DeploymentV3,
    earlier: Earlier,
    error: BaseException,
    reporter: Reporter,
) -> None:
    try:
        target = _automatic_target(cloud, failed, earlier)
        live = restore(cloud, target, reporter=reporter)
    except HathoraError as obstacle:
        reporter.warning(f"there was no rollback from {failed.deployment_id}: {obstacle}")
        return
    if isinstance(error, ProcessFailedError):
        error.rolled_back_to = target.deployment_id
        error.live_deployment_id = live.deployment_id


def _automatic_target(cloud: HathoraCloud, failed: DeploymentV3, earlier: Earlier) -> DeploymentV3:
    """Raises RollbackError where to go back would change nothing, or undo what somebody else did."""
    target = earlier.latest
    if not earlier.is_known:
        raise RollbackError("what was deployed before could not be found out")
    if target is None:
        raise RollbackError("it is the first deployment")
    if runs_same(target, failed):
        raise RollbackError(f"{target.deployment_id} before it has the same build and settings")
    require_live(cloud, failed)
    return target


def require_live(cloud: HathoraCloud, deployment: DeploymentV3) -> None:
    """Raises RollbackError if something else was deployed meanwhile."""
    live = latest_deployment(cloud)
    if live is not None and live.deployment_id != deployment.deployment_id:
        raise RollbackError(f"{live.deployment_id} was deployed meanwhile, and stays")


def restore(cloud: HathoraCloud, target: DeploymentV3, *, reporter: Reporter) -> DeploymentV3:
    """A new deployment that is as ``target`` was, tag included. Raises RollbackError for a build that is gone."""
    require_build(cloud, target)
    live = create_deployment(
        cloud,
        target.build_id,
        DeploymentSpec.of(target),
        earlier=Earlier(cloud),
        reporter=reporter,
    )
    reporter.rolled_back(live, target)
    return live


def require_build(cloud: HathoraCloud, deployment: DeploymentV3) -> BuildV3:
    """The build of a deployment. Raises RollbackError if it cannot be deployed again."""
    build: BuildV3 | None = None
    with suppress(NotFound):
        build = cloud.builds_v3.get_build(build_id=deployment.build_id)
    problem = build_problem(deployment, build, now=datetime.now(UTC))
    if build is None or problem:
        raise RollbackError(f"{problem}, which {deployment.deployment_id} needs")
    return build
