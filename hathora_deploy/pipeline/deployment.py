"""A build is deployed: by one deployment, though the answer to the call that creates it may be lost."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from itertools import count, takewhile
from typing import Final

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3, EnvironmentVariable
from hathora_deploy.api.errors import (
    ApiError,
    NotFound,
    ResponseValidationError,
    UnexpectedAnswer,
)
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.retry import RetryPolicy, retry_after
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.plan import Plan
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.retry import is_passing

_ON_ITS_WAY: Final = 3.0
"""Seconds for which a call without an answer may still reach the cloud and be carried out."""
_RETRIES: Final = RetryPolicy(max_attempts=5)
_GARBLED: Final = (ResponseValidationError, UnexpectedAnswer)
"""Of an answer that was cut short. Or the cloud speaks so: then to repeat the call is no help."""


def create_deployment(
    cloud: HathoraCloud, built: BuildV3, plan: Plan, *, reporter: Reporter
) -> DeploymentV3:
    """The deployment of a build that succeeded.

    A call that fails may have been carried out all the same: it is repeated only when no deployment came of
    it. Raises what the cloud answers, or what keeps it from answering.
    """
    earlier = _Earlier(cloud)
    for attempt in count(1):
        try:
            return _create(cloud, built, plan)
        except HathoraError as error:
            failure = error
        is_garbled = isinstance(failure, _GARBLED)
        if not (is_passing(failure) or is_garbled):
            raise failure
        if not _RETRIES.may_repeat(failure, is_repeatable=False):
            made = earlier.made_since(built, plan, failure)
            if made is not None:
                reporter.warning(f"the deployment was made, though its call failed: {failure}")
                return made
        if is_garbled or attempt == _RETRIES.max_attempts:
            raise failure
        time.sleep(_pause(failure, attempt))
    raise AssertionError


def _create(cloud: HathoraCloud, built: BuildV3, plan: Plan) -> DeploymentV3:
    return cloud.deployments_v3.create_deployment(
        build_id=built.build_id,
        requested_cpu=plan.requested_cpu,
        requested_memory_mb=plan.requested_memory_mb,
        container_port=plan.ports.container_port,
        transport_type=plan.ports.transport_type,
        additional_container_ports=list(plan.ports.additional) or None,
        rooms_per_process=plan.rooms_per_process,
        idle_timeout_enabled=plan.idle_timeout_enabled,
        env=[EnvironmentVariable(name=name, value=value) for name, value in plan.env.items()],
        deployment_tag=plan.deployment_tag,
        fleet_id=plan.fleet_id,
    )


class _Earlier:
    """The deployments there were before, as far as the token may see them."""

    def __init__(self, cloud: HathoraCloud) -> None:
        self._cloud = cloud
        self._latest: str | None = None
        self._is_known = True
        try:
            self._latest = cloud.deployments_v3.get_latest_deployment().deployment_id
        except NotFound:
            pass  # there was none
        except HathoraError:
            self._is_known = False

    def made_since(self, built: BuildV3, plan: Plan, failure: HathoraError) -> DeploymentV3 | None:
        """The one that was asked for, as soon as it is there; None if it does not come.

        Raises ``failure``, which is what this is about, where that cannot be told.
        """

        def look() -> DeploymentV3 | None:
            listed = self._cloud.deployments_v3.get_deployments().deployments
            newer = takewhile(lambda each: each.deployment_id != self._latest, listed)
            return next((each for each in newer if _is_asked_for(each, built, plan)), None)

        if not self._is_known:
            raise failure
        try:
            return poll(look, deadline=time.monotonic() + _ON_ITS_WAY)
        except HathoraError:
            raise failure from None


def _is_asked_for(found: DeploymentV3, built: BuildV3, plan: Plan) -> bool:
    port = found.default_container_port
    return (
        found.build_id == built.build_id
        and found.deployment_tag == plan.deployment_tag
        and found.requested_cpu == plan.requested_cpu
        and found.requested_memory_mb == plan.requested_memory_mb
        and (port.port, port.transport_type)
        == (plan.ports.container_port, plan.ports.transport_type)
        and found.rooms_per_process == plan.rooms_per_process
        and found.idle_timeout_enabled == plan.idle_timeout_enabled
        and {each.name: each.value for each in found.env} == dict(plan.env)
        and plan.fleet_id in (None, found.fleet_id)
    )


def _pause(failure: HathoraError, attempt: int) -> float:
    asked = None
    if isinstance(failure, ApiError):
        asked = retry_after(failure.headers.get("retry-after"), now=datetime.now(UTC))
    return _RETRIES.pause(attempt, jitter=random.random(), asked=asked)  # noqa: S311  # no secret
