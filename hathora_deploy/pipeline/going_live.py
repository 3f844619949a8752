"""A build goes live: its deployment is created, and verified if that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.automatic_rollback import rolled_back_on_failure
from hathora_deploy.pipeline.deployment import Earlier, create_deployment
from hathora_deploy.pipeline.lease import AppLease
from hathora_deploy.pipeline.plan import Plan
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.stopwatch import Stopwatch
from hathora_deploy.pipeline.verification import Verified
from hathora_deploy.pipeline.verify import verify


@dataclass(frozen=True)
class Live:
    """A deployment that new rooms use, and the one there was before, as far as the token may see it."""

    deployment: DeploymentV3
    previous: DeploymentV3 | None
    verified: Verified | None


@contextmanager
def gone_live(
    cloud: HathoraCloud,
    build_id: str,
    plan: Plan,
    lease: AppLease,
    *,
    reporter: Reporter,
    watch: Stopwatch,
) -> Iterator[Live]:
    """For the block, in which players come: if that or the verification fails, there may be a rollback.

    Raises VerifyFailedError, LeaseLostError, and what the cloud answers.
    """
    earlier, leased = Earlier(cloud), lease.bound(cloud)
    with watch.step("deploy"):
        deployment = create_deployment(
            leased,
            build_id,
            plan.deployment,
            earlier=earlier,
            reporter=reporter,
            check=lease.confirm,
        )
    with rolled_back_on_failure(
        leased,
        deployment,
        earlier,
        is_wanted=plan.rollback,
        reporter=reporter,
        check=lease.confirm,
    ):
        reporter.deployed(deployment)
        with watch.step("verify"):
            verified = _verified(cloud, deployment, plan, reporter)
        yield Live(deployment, earlier.latest, verified)


def _verified(
    cloud: HathoraCloud, deployment: DeploymentV3, plan: Plan, reporter: Reporter
) -> Verified | None:
    if plan.verification is None:
        return None
    return verify(
        cloud, deployment, plan.verification, patience=plan.build.patience, reporter=reporter
    )
