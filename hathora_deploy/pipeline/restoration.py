"""An earlier deployment is made anew: of its build, with all of its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.build_lookup import find_build
from hathora_deploy.pipeline.deployment import Earlier, create_deployment, latest_deployment
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.errors import BuildGoneError, SupersededError
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.rollback_target import build_problem

HISTORY: Final = "`hathora-deploy history` lists the deployments there are"


def require_live(cloud: HathoraCloud, deployment: DeploymentV3 | None) -> None:
    """Raises SupersededError if something else was deployed meanwhile; None is nothing at all."""
    live = latest_deployment(cloud)
    known = deployment and deployment.deployment_id
    if live is not None and live.deployment_id != known:
        raise SupersededError(
            f"{live.deployment_id} was deployed meanwhile, and stays",
            hint="see what it is, and begin again: hathora-deploy history",
        )


def restore(
    cloud: HathoraCloud,
    target: DeploymentV3,
    *,
    reporter: Reporter,
    check: Callable[[], object],
) -> DeploymentV3:
    """A new deployment that is as ``target`` was, tag included; ``check`` is called before it is made.

    Raises BuildGoneError.
    """
    require_build(cloud, target)
    live = create_deployment(
        cloud,
        target.build_id,
        DeploymentSpec.of(target),
        earlier=Earlier(cloud),
        reporter=reporter,
        check=check,
    )
    reporter.rolled_back(live, target)
    return live


def require_build(cloud: HathoraCloud, deployment: DeploymentV3) -> BuildV3:
    """The build of a deployment. Raises BuildGoneError if it cannot be deployed again."""
    build = find_build(cloud, deployment.build_id)
    problem = build_problem(deployment, build, now=datetime.now(UTC))
    if build is None or problem:
        raise BuildGoneError(
            f"{deployment.deployment_id} cannot be deployed again: {problem}", hint=HISTORY
        )
    return build
