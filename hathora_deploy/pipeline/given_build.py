"""A build that there is becomes a deployment."""

from __future__ import annotations

import os
from collections.abc import Mapping

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deployment import latest_deployment
from hathora_deploy.pipeline.errors import PlanError
from hathora_deploy.pipeline.going_live import gone_live
from hathora_deploy.pipeline.lease import app_lease, holder_of
from hathora_deploy.pipeline.pipeline_run import find_run
from hathora_deploy.pipeline.plan import plan_deploy
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.stopwatch import Stopwatch


def deploy_build(
    cloud: HathoraCloud,
    *,
    settings: DeploySettings,
    reporter: Reporter,
    environment: Mapping[str, str] = os.environ,
) -> DeploymentV3:
    """Deploy ``settings.build_id`` to ``cloud.app_id``; ``from_latest`` inherits the build, too.

    No other deploy has the app meanwhile. Raises PlanError for a build that has not succeeded, AppBusyError,
    and what the cloud answers.
    """
    with app_lease(
        cloud,
        holder=holder_of(find_run(environment)),
        timeout=settings.lock_timeout,
        patience=settings.patience,
        reporter=reporter,
    ) as lease:
        latest = latest_deployment(cloud) if settings.from_latest else None
        plan = plan_deploy(settings, exposed=(), revision=Revision(), latest=latest)
        build_id = _build_of(cloud, settings, latest)
        for warning in plan.warnings:
            reporter.warning(warning)
        with gone_live(
            cloud, build_id, plan, lease, reporter=reporter, watch=Stopwatch(begun=reporter.step)
        ) as live:
            return live.deployment


def _build_of(cloud: HathoraCloud, settings: DeploySettings, latest: DeploymentV3 | None) -> str:
    build_id = settings.build_id or (latest.build_id if latest else None)
    if build_id is None:
        raise PlanError("no build is named", hint="set build_id")
    status = cloud.builds_v3.get_build(build_id=build_id).status
    if status != BuildStatus.SUCCEEDED:
        raise PlanError(f"build {build_id} cannot be deployed: it is {status}")
    return build_id
