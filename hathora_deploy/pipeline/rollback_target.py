"""Which deployment a rollback goes back to, and whether it can. Lists of deployments are newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.pipeline.build_lookup import SAME_MOMENT
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec

LEAST_PREFIX: Final = 4
"""Characters of a tag, as of a git SHA, that may stand for all of it."""


def runs_same(one: DeploymentV3, other: DeploymentV3) -> bool:
    """Whether both run the same build with the same settings, whatever their tags."""
    return one.build_id == other.build_id and _spec(one) == _spec(other)


def one_before(deployments: Sequence[DeploymentV3]) -> DeploymentV3 | None:
    """The one to go back to from the newest: the newest before it that differs and was not left behind.

    As with the pages of a browser: to deploy again what ran before is to go back to it, which leaves behind
    all that came in between. So after a rollback the next one goes further back, and not to what failed.
    """
    trail: list[DeploymentV3] = []
    for deployment in reversed(deployments):
        again = next((i for i, each in enumerate(trail) if runs_same(each, deployment)), None)
        if again is not None:
            del trail[again:]
        trail.append(deployment)
    return trail[-2] if len(trail) > 1 else None


def named(deployments: Sequence[DeploymentV3], name: str) -> tuple[DeploymentV3, ...]:
    """Those that a name means: an id, else a whole tag, else the beginning of one.

    Of those that are the same, tag included, the newest. Several are returned where the name does not decide.
    """
    exact = [each for each in deployments if each.deployment_id == name]
    tagged = [each for each in deployments if each.deployment_tag == name]
    begun = [
        each
        for each in deployments
        if len(name) >= LEAST_PREFIX and (each.deployment_tag or "").startswith(name)
    ]
    found: list[DeploymentV3] = []
    for deployment in exact or tagged or begun:
        if not any(is_same(each, deployment) for each in found):
            found.append(deployment)
    return tuple(found)


def is_same(one: DeploymentV3, other: DeploymentV3) -> bool:
    """Whether nothing would change, not even the tag."""
    return runs_same(one, other) and one.deployment_tag == other.deployment_tag


def build_problem(deployment: DeploymentV3, build: BuildV3 | None, *, now: datetime) -> str | None:
    """Why the build of a deployment cannot be deployed again."""
    if build is None or build.deleted_at is not None:
        return f"build {deployment.build_id} was deleted"
    if build.expired_at is not None and build.expired_at <= now:
        return f"build {build.build_id} has expired, and its files are gone"
    if build.status != BuildStatus.SUCCEEDED:
        return f"build {build.build_id} has not succeeded: it is {build.status}"
    if build.created_at > deployment.created_at + SAME_MOMENT:
        return f"build {build.build_id} was deleted, and is another now"
    return None


def _spec(deployment: DeploymentV3) -> DeploymentSpec:
    return replace(DeploymentSpec.of(deployment), deployment_tag=None)
