"""What later steps of a pipeline want to know of a deploy, by the names of variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hathora_deploy.pipeline.progress import Reporter

if TYPE_CHECKING:
    from hathora_deploy.api.builds import BuildV3
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.api.network import ExposedPort, Region
    from hathora_deploy.pipeline.deployed import Deployed
    from hathora_deploy.pipeline.verification import Verified


class Facts(Reporter):
    """Knows at any time what is so by then. None of ``values`` is secret."""

    def __init__(self) -> None:
        self.values = {"VERIFIED": "false", "ROLLED_BACK": "false"}

    def complete(self, deployed: Deployed) -> None:
        """The deploy is done."""
        self._set(
            BUILD_TAG=deployed.build.build_tag,
            REUSED=str(deployed.is_reused).lower(),
            ARCHIVE_BYTES=deployed.archive_size,
            ARCHIVE_DIGEST=deployed.archive.digest if deployed.archive else None,
            PREVIOUS_DEPLOYMENT_ID=deployed.previous and deployed.previous.deployment_id,
        )

    def settle(self, live: DeploymentV3, previous: DeploymentV3 | None) -> None:
        """The promotion or the rollback is done; ``previous`` is None where it has changed nothing."""
        self.deployed(live)
        self._set(PREVIOUS_DEPLOYMENT_ID=previous and previous.deployment_id)

    def reused(self, build: BuildV3) -> None:
        self._set(BUILD_ID=build.build_id, BUILD_TAG=build.build_tag)

    def building(self, build_id: str) -> None:
        self._set(BUILD_ID=build_id)

    def deployed(self, deployment: DeploymentV3) -> None:
        self._set(
            APP_ID=deployment.app_id,
            BUILD_ID=deployment.build_id,
            DEPLOYMENT_ID=deployment.deployment_id,
            DEPLOYMENT_TAG=deployment.deployment_tag,
        )

    def verified(self, verified: Verified) -> None:
        self._set(VERIFIED="true")

    def room_running(self, room_id: str, region: Region, address: ExposedPort) -> None:
        self._set(
            ROOM_ID=room_id,
            CONNECT_HOST=address.host,
            CONNECT_PORT=address.port,
            CONNECT_TRANSPORT=address.transport_type,
        )

    def rolled_back(self, live: DeploymentV3, earlier: DeploymentV3) -> None:
        self._set(
            ROLLED_BACK="true",
            ROLLED_BACK_TO=earlier.deployment_id,
            LIVE_DEPLOYMENT_ID=live.deployment_id,
        )

    def _set(self, **values: object) -> None:
        self.values |= {name: str(value) for name, value in values.items() if value is not None}
