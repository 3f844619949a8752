"""An image of a container registry becomes a build: created, pulled by the cloud, judged by its status."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.errors import ApiError
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.plan import BuildPlan, plan_build
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.undo import once_there, undone_on_failure
from hathora_deploy.pipeline.verdict import run_build
from hathora_deploy.secret import Secret


@dataclass(frozen=True)
class RegistryImage:
    """An image, and how it is had. ``auth`` is ``user:password``, or base64 of it."""

    name: str
    registry_url: str | None = None
    """Counts where the name itself says no registry; without it that is Docker Hub."""
    auth: Secret | None = None


def build_from_registry(
    cloud: HathoraCloud, image: RegistryImage, *, settings: DeploySettings, reporter: Reporter
) -> BuildV3:
    """A build that succeeded; one that does not is deleted again.

    Raises PlanError, BuildFailedError, or what the cloud answers.
    """
    plan = plan_build(settings, revision=Revision())
    making = _Making(cloud, plan)
    build_id = making.build_id
    with undone_on_failure(
        reporter,
        f"build {build_id}",
        making.take_back,
        patience=plan.patience,
        is_needed=making.may_be_there,
    ):
        making.create()
        pull = partial(
            cloud.builds_v3.run_build_registry,
            build_id=build_id,
            image=image.name,
            registry_url=image.registry_url,
            auth=image.auth,
        )
        built = run_build(
            cloud,
            build_id,
            timeout=plan.timeout,
            patience=plan.patience,
            reporter=reporter,
            run=pull,
        )
    reporter.built(build_id)
    return built


class _Making:
    """One build. Its id is chosen here, so that one whose creation is interrupted can be taken back."""

    def __init__(self, cloud: HathoraCloud, plan: BuildPlan) -> None:
        self.build_id = plan.build_id or f"bld-{uuid4()}"
        self._cloud = cloud
        self._plan = plan
        self._is_created = False
        self._is_own = plan.build_id is None

    def create(self) -> None:
        try:
            self._cloud.builds_v3.create_build_registry(
                build_id=self.build_id, build_tag=self._plan.build_tag
            )
        except ApiError:
            self._is_own = False  # whatever has this id, it is not from here
            raise
        self._is_created = True

    def may_be_there(self) -> bool:
        """An id that somebody chose may be that of an earlier build, until this one is created."""
        return self._is_created or self._is_own

    def take_back(self) -> None:
        delete = partial(self._cloud.builds_v3.delete_build, build_id=self.build_id)
        delete() if self._is_created else once_there(delete, self._plan.patience)()
