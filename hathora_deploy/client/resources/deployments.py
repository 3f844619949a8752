"""Deployments."""

from __future__ import annotations

from hathora_deploy.api import deployments as api
from hathora_deploy.client.call import call, paged_call
from hathora_deploy.client.resource import ModeT, Resource


class DeploymentsV3(Resource[ModeT]):
    """Deployments."""

    get_deployments = call(api.GetDeployments)
    deployments = paged_call(api.GetDeployments, items=lambda page: page.deployments)
    create_deployment = call(api.CreateDeployment)
    get_latest_deployment = call(api.GetLatestDeployment)
    get_deployment = call(api.GetDeployment)
