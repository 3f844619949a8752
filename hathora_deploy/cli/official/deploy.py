"""``hathora deploy``: a folder becomes a build, and the build a deployment."""

from __future__ import annotations

from typing import Any

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.cli import selection
from hathora_deploy.cli.official.session import Session
from hathora_deploy.cli.official.settings import deploy_settings, source_of
from hathora_deploy.pipeline.deploy import deploy_prepared
from hathora_deploy.pipeline.preparation import prepare


def deploy(
    session: Session, *, file: str | None, hide_upload_progress: bool, **given: Any
) -> DeploymentV3:
    folder, settings = source_of(file), deploy_settings(**given)
    with session.cloud(names_local=True) as reached:
        # First, or an app would be made for a folder that cannot be deployed.
        prepared = prepare(folder, settings=settings)
        selection.app_to_deploy(reached, folder, session.output)
        with session.reporter(hides_upload=hide_upload_progress) as progress:
            deployed = deploy_prepared(reached.cloud, prepared, reporter=progress)
    return deployed.deployment
