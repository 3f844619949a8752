"""Deployments."""

from __future__ import annotations

from hathora_deploy.api import deployments
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class DeploymentsV3(Resource[ModeT]):
    """Deployments."""

    get_deployments = call(deployments.GetDeployments)
    create_deployment = call(deployments.CreateDeployment)
    get_latest_deployment = call(deployments.GetLatestDeployment)
    get_deployment = call(deployments.GetDeployment)
