"""A deployment that takes over the settings of the latest one, where nobody says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.pipeline.deployment_spec import SETTINGS, DeploymentSpec
from hathora_deploy.pipeline.settings import DeploySettings


def origin_of(latest: DeploymentV3) -> str:
    """Who says what is inherited, for people."""
    return f"deployment {latest.deployment_id}"


def inherit(settings: DeploySettings, latest: DeploymentV3) -> DeploySettings:
    """With every setting of ``latest`` that nobody has given, and its variables below those given."""
    there = DeploymentSpec.of(latest)
    missing = [name for name in SETTINGS if getattr(settings, name) is None]
    inherited: dict[str, Any] = {name: getattr(there, name) for name in missing}
    names = [*missing, *(f"env.{name}" for name in there.env if name not in settings.env)]
    origins = dict.fromkeys(names, origin_of(latest))
    env = {**there.env, **settings.env}
    return replace(settings, **inherited, env=env, origins={**settings.origins, **origins})
