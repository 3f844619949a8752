"""A deployment that takes over the settings of the latest one, where nobody says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.settings import DeploySettings

_INHERITED: Final = (
    "container_port",
    "transport_type",
    "additional_container_ports",
    "requested_cpu",
    "requested_memory_mb",
    "requested_gpu",
    "rooms_per_process",
    "idle_timeout_enabled",
    "fleet_id",
)
"""All but the tag, which says what was deployed."""


def inherit(settings: DeploySettings, latest: DeploymentV3) -> DeploySettings:
    """With every setting of ``latest`` that nobody has given, and its variables below those given."""
    there = DeploymentSpec.of(latest)
    missing = [name for name in _INHERITED if getattr(settings, name) is None]
    inherited: dict[str, Any] = {name: getattr(there, name) for name in missing}
    names = [*missing, *(f"env.{name}" for name in there.env if name not in settings.env)]
    origins = dict.fromkeys(names, f"deployment {latest.deployment_id}")
    env = {**there.env, **settings.env}
    return replace(settings, **inherited, env=env, origins={**settings.origins, **origins})
