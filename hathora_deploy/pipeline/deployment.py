"""A build is deployed: by one deployment, though the answer to the call that creates it may be lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count, takewhile
from typing import Final

from hathora_deploy.api.deployments import DeploymentV3, EnvironmentVariable
from hathora_deploy.api.errors import (
    Conflict,
    NotFound,
    ResponseValidationError,
    UnexpectedAnswer,
)
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.retry import RetryPolicy, asked_pause
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.patience import ON_ITS_WAY
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.retry import is_passing

_RETRIES: Final = RetryPolicy(max_attempts=5)
_GARBLED: Final = (ResponseValidationError, UnexpectedAnswer)
"""Of an answer that was cut short. Or the cloud speaks so: then to repeat the call is no help."""


def create_deployment(
    cloud: HathoraCloud,
    build_id: str,
    spec: DeploymentSpec,
    *,
    earlier: Earlier,
    reporter: Reporter,
    check: Callable[[], object] = lambda: None,
) -> DeploymentV3:
    """The deployment of a build that succeeded.

    A call that fails may have been carried out all the same: it is repeated only when no deployment came of
    it. Raises what the cloud answers, what keeps it from answering, and what ``check`` does before each call.
    """
    for attempt in count(1):
        check()
        try:
            return _create(cloud, build_id, spec)
        except Conflict:
            check()  # which says who has come in between
            raise
        except HathoraError as error:
            failure = error
        is_garbled = isinstance(failure, _GARBLED)
        if not (is_passing(failure) or is_garbled):
            raise failure
        if not _RETRIES.may_repeat(failure, is_repeatable=False):
            made = earlier.made_since(build_id, spec, failure)
            if made is not None:
                reporter.warning(f"the deployment was made, though its call failed: {failure}")
                return made
        if is_garbled or attempt == _RETRIES.max_attempts:
            raise failure
        time.sleep(_pause(failure, attempt))
    raise AssertionError


def latest_deployment(cloud: HathoraCloud) -> DeploymentV3 | None:
    """The one that new rooms use; None where there is none yet."""
    try:
        return cloud.deployments_v3.get_latest_deployment()
    except NotFound:
        return None


def _create(cloud: HathoraCloud, build_id: str, spec: DeploymentSpec) -> DeploymentV3:
    return cloud.deployments_v3.create_deployment(
        build_id=build_id,
        requested_cpu=spec.requested_cpu,
        requested_memory_mb=spec.requested_memory_mb,
        requested_gpu=spec.requested_gpu,
        container_port=spec.container_port,
        transport_type=spec.transport_type,
        additional_container_ports=list(spec.additional_container_ports) or None,
        rooms_per_process=spec.rooms_per_process,
        idle_timeout_enabled=spec.idle_timeout_enabled,
        env=[EnvironmentVariable(name=name, value=value) for name, value in spec.env.items()],
        deployment_tag=spec.deployment_tag,
        fleet_id=spec.fleet_id,
    )


class Earlier:
    """The deployments there were before, as far as the token may see them."""

    def __init__(self, cloud: HathoraCloud) -> None:
        self._cloud = cloud
        self.latest: DeploymentV3 | None = None
        self.is_known = True
        """Whether ``latest`` could be found out."""
        try:
            self.latest = latest_deployment(cloud)
        except HathoraError:
            self.is_known = False

    def made_since(
        self, build_id: str, spec: DeploymentSpec, failure: HathoraError
    ) -> DeploymentV3 | None:
        """The one that was asked for, as soon as it is there; None if it does not come.

        Raises ``failure``, which is what this is about, where that cannot be told.
        """

        def look() -> DeploymentV3 | None:
            listed = self._cloud.deployments_v3.get_deployments().deployments
            latest = self.latest.deployment_id if self.latest else None
            newer = takewhile(lambda each: each.deployment_id != latest, listed)
            own = (each for each in newer if each.build_id == build_id and spec.is_of(each))
            return next(own, None)

        if not self.is_known:
            raise failure
        try:
            return poll(look, deadline=time.monotonic() + ON_ITS_WAY, outage=ON_ITS_WAY)
        except HathoraError:
            raise failure from None


def _pause(failure: HathoraError, attempt: int) -> float:
    asked = asked_pause(failure, now=datetime.now(UTC))
    return _RETRIES.pause(attempt, jitter=random.random(), asked=asked)  # noqa: S311  # no secret
