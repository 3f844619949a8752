"""A build that is live in one app is deployed to another, with that one's settings; nothing is packed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.errors import NotFound
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deployment import latest_deployment
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.difference import Difference, differences
from hathora_deploy.pipeline.errors import PromotionError
from hathora_deploy.pipeline.going_live import gone_live
from hathora_deploy.pipeline.lease import app_lease
from hathora_deploy.pipeline.plan import Plan, plan_deploy
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.restoration import require_build, require_live
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.stopwatch import Stopwatch
from hathora_deploy.pipeline.verification import Verified


@dataclass(frozen=True)
class Promotion:
    """What would be deployed, and what that changes."""

    source: DeploymentV3
    """The deployment that is live where the build comes from."""
    live: DeploymentV3 | None
    """What is live where it goes to; None where nothing was deployed yet."""
    plan: Plan
    differences: tuple[Difference, ...]

    @property
    def has_changes(self) -> bool:
        """Whether it is not live already."""
        is_there = self.live is not None and self.live.build_id == self.source.build_id
        return not is_there or bool(self.differences)


@dataclass(frozen=True)
class Promoted:
    """What became of it."""

    deployment: DeploymentV3
    verified: Verified | None
    """None where nobody asked for it."""


def plan_promotion(
    cloud: HathoraCloud, source_app_id: str, *, settings: DeploySettings
) -> Promotion:
    """From the app of that id to ``cloud.app_id``. Raises PromotionError, BuildGoneError, PlanError."""
    try:
        source = cloud.deployments_v3.get_latest_deployment(app_id=source_app_id)
    except NotFound:
        raise PromotionError(
            f"nothing was deployed to app {source_app_id} yet, so there is nothing to promote",
            hint="hathora-deploy PATH --environment NAME deploys to an environment",
        ) from None
    require_build(cloud, source)
    live = latest_deployment(cloud)
    plan = plan_deploy(_of_build(settings, source), exposed=(), revision=Revision(), latest=live)
    before = DeploymentSpec.of(live) if live else None
    return Promotion(source, live, plan, differences(before, plan.deployment))


def promote(
    cloud: HathoraCloud, promotion: Promotion, *, holder: str, timeout: float, reporter: Reporter
) -> Promoted:
    """Carry it out, when no other deploy has the app; ``timeout`` is how long to wait for one.

    Raises SupersededError if something else was deployed since it was planned, and VerifyFailedError.
    """
    plan = promotion.plan
    for warning in plan.warnings:
        reporter.warning(warning)
    with app_lease(
        cloud, holder=holder, timeout=timeout, patience=plan.build.patience, reporter=reporter
    ) as lease:
        require_live(cloud, promotion.live)
        build_id = promotion.source.build_id
        with gone_live(
            cloud, build_id, plan, lease, reporter=reporter, watch=Stopwatch(begun=reporter.step)
        ) as live:
            return Promoted(live.deployment, live.verified)


def _of_build(settings: DeploySettings, source: DeploymentV3) -> DeploySettings:
    """With the tag of what is promoted, and its ports where no others are given: the build listens there."""
    spec = DeploymentSpec.of(source)
    names = ("container_port", "transport_type", "additional_container_ports")
    ports: dict[str, Any] = {
        name: getattr(spec, name) for name in names if getattr(settings, name) is None
    }
    return replace(settings, **ports, deployment_tag=spec.deployment_tag)
