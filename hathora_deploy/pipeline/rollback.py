"""Going back by hand: what a rollback would change, and the rollback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.difference import Difference, differences
from hathora_deploy.pipeline.errors import RollbackError
from hathora_deploy.pipeline.lease import app_lease
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.restoration import HISTORY, require_build, require_live, restore
from hathora_deploy.pipeline.rollback_target import LEAST_PREFIX, is_same, named, one_before


@dataclass(frozen=True)
class Rollback:
    """From what is live to an earlier deployment, whose build there is."""

    live: DeploymentV3
    target: DeploymentV3
    differences: tuple[Difference, ...]

    @property
    def has_changes(self) -> bool:
        """Whether it is not live already."""
        return not is_same(self.live, self.target)


def plan_rollback(cloud: HathoraCloud, name: str | None = None) -> Rollback:
    """Back to the deployment of this id or tag, or to the one before what is live.

    Raises RollbackError where there is none, or several, and BuildGoneError.
    """
    deployments = list(cloud.deployments_v3.deployments())
    if not deployments:
        raise RollbackError("nothing was deployed yet", hint="hathora-deploy PATH deploys a folder")
    live = deployments[0]
    target = _previous(deployments) if name is None else _named(deployments, name)
    require_build(cloud, target)
    changes = differences(DeploymentSpec.of(live), DeploymentSpec.of(target))
    return Rollback(live, target, changes)


def roll_back(
    cloud: HathoraCloud,
    rollback: Rollback,
    *,
    holder: str,
    timeout: float,
    patience: Patience,
    reporter: Reporter,
) -> DeploymentV3:
    """Carry it out, when no other deploy has the app; ``timeout`` is how long to wait for one.

    Raises SupersededError if something else was deployed since it was planned.
    """
    with app_lease(
        cloud, holder=holder, timeout=timeout, patience=patience, reporter=reporter
    ) as lease:
        reporter.step("deploy")
        require_live(cloud, rollback.live)
        return restore(lease.bound(cloud), rollback.target, reporter=reporter, check=lease.confirm)


def _previous(deployments: Sequence[DeploymentV3]) -> DeploymentV3:
    found = one_before(deployments)
    if found is None:
        raise RollbackError(
            f"there is nothing to go back to from {deployments[0].deployment_id}: no other build or"
            " settings came before it, but for what was gone back from",
            hint=f"{HISTORY}; name one: hathora-deploy rollback DEPLOYMENT",
        )
    return found


def _named(deployments: Sequence[DeploymentV3], name: str) -> DeploymentV3:
    found = named(deployments, name)
    if not found:
        short = f": a tag is known by {LEAST_PREFIX} characters" if len(name) < LEAST_PREFIX else ""
        raise RollbackError(
            f"no deployment of this app is {name}, or tagged so{short}", hint=HISTORY
        )
    if len(found) > 1:
        listed = ", ".join(f"{each.deployment_id} ({each.deployment_tag})" for each in found)
        raise RollbackError(
            f"{name} may be any of {listed}",
            hint=f"hathora-deploy rollback {found[0].deployment_id}",
        )
    return found[0]
