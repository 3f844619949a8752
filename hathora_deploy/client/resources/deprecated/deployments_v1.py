"""Deployments by plan."""

from __future__ import annotations

from hathora_deploy.api.deprecated import deployments_v1
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class DeploymentsV1(Resource[ModeT]):
    """Deployments by plan."""

    create_deployment_v1_deprecated = call(deployments_v1.CreateDeploymentV1Deprecated)
    get_deployment_info_v1_deprecated = call(deployments_v1.GetDeploymentInfoV1Deprecated)
    get_latest_deployment_v1_deprecated = call(deployments_v1.GetLatestDeploymentV1Deprecated)
    get_deployments_v1_deprecated = call(deployments_v1.GetDeploymentsV1Deprecated)
