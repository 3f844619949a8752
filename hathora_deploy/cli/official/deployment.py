"""``hathora deployment``: builds with the settings that their processes run under."""

from __future__ import annotations

from typing import Any

import click

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.cli import selection
from hathora_deploy.cli.official.command import not_set
from hathora_deploy.cli.official.session import Session
from hathora_deploy.cli.official.settings import deploy_settings
from hathora_deploy.pipeline.given_build import deploy_build
from hathora_deploy.pipeline.settings import DeploySettings


def get_deployment_info(session: Session, *, deployment_id: str) -> DeploymentV3:
    with session.cloud() as reached:
        selection.the_app(reached, session.output)
        return reached.cloud.deployments_v3.get_deployment(deployment_id=deployment_id)


def get_latest_deployment(session: Session) -> DeploymentV3:
    with session.cloud() as reached:
        selection.the_app(reached, session.output)
        return reached.cloud.deployments_v3.get_latest_deployment()


def get_deployments(session: Session) -> list[DeploymentV3]:
    with session.cloud() as reached:
        selection.the_app(reached, session.output)
        found = list(reached.cloud.deployments_v3.deployments())
    if not found:
        session.output.say("no deployments found")
    return found


def create_deployment(session: Session, **given: Any) -> DeploymentV3:
    settings = deploy_settings(**given)
    if not settings.from_latest:
        _require(settings, "build-id", "container-port", "transport-type")
    with session.cloud(names_local=True) as reached:
        selection.the_app(reached, session.output)
        with session.reporter() as progress:
            return deploy_build(reached.cloud, settings=settings, reporter=progress)


def _require(settings: DeploySettings, *names: str) -> None:
    """Raises UsageError: there is no Dockerfile here that might tell."""
    missing = [name for name in names if getattr(settings, name.replace("-", "_")) is None]
    if missing:
        raise not_set(missing, click.get_current_context())
