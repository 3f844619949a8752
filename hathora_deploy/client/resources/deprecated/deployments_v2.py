"""Deployments that are known by a number."""

from __future__ import annotations

from hathora_deploy.api.deprecated import deployments_v2
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class DeploymentsV2(Resource[ModeT]):
    """Deployments that are known by a number."""

    create_deployment_v2_deprecated = call(deployments_v2.CreateDeploymentV2Deprecated)
    get_deployment_info_v2_deprecated = call(deployments_v2.GetDeploymentInfoV2Deprecated)
    get_latest_deployment_v2_deprecated = call(deployments_v2.GetLatestDeploymentV2Deprecated)
    get_deployments_v2_deprecated = call(deployments_v2.GetDeploymentsV2Deprecated)
