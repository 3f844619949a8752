"""What a deploy would do, side by side with the latest deployment: nothing is sent, made or changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.build_lookup import find_build
from hathora_deploy.pipeline.deployment import latest_deployment
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.difference import (
    TAG,
    Difference,
    FileDifference,
    differences,
    file_differences,
)
from hathora_deploy.pipeline.digest import content_build_id
from hathora_deploy.pipeline.hooks import HookPoint
from hathora_deploy.pipeline.manifest import ManifestStore, manifest_home
from hathora_deploy.pipeline.plan import Plan
from hathora_deploy.pipeline.preparation import Prepared
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.reuse import Course, course
from hathora_deploy.pipeline.source import Content
from hathora_deploy.pipeline.source_build import read_content


@dataclass(frozen=True)
class Preview:
    """What a deploy would do. Sizes are in bytes."""

    latest: DeploymentV3 | None
    """What it is compared with; None where nothing was deployed yet."""
    plan: Plan
    build_id: str
    is_reused: bool
    """Whether there is a build of this content already."""
    files: int
    context_size: int
    file_differences: tuple[FileDifference, ...] | None
    """From the build of the latest deployment; None where its files are not known on this machine."""
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...]

    @property
    def has_new_build(self) -> bool:
        """Whether the deployment would be of another build than the latest is, or of one made again."""
        return not (self.is_reused and self.is_same_build)

    @property
    def is_same_build(self) -> bool:
        """Whether it has the id of the latest deployment's: that may have expired, or have come without files."""
        return self.latest is not None and self.latest.build_id == self.build_id

    @property
    def has_changes(self) -> bool:
        """Whether a deploy would change anything. A tag alone is nothing that runs."""
        return self.has_new_build or any(each.setting != TAG for each in self.differences)


def preview(cloud: HathoraCloud, prepared: Prepared, *, reporter: Reporter) -> Preview:
    """``cloud.app_id`` may be None: that of an app which the deploy would make. Raises HathoraErrors."""
    latest = latest_deployment(cloud) if cloud.app_id else None
    plan = prepared.plan(latest)
    content = read_content(prepared.source, prepared.revision, reporter)
    build_id, is_reused = _build(cloud, plan, content)
    return Preview(
        latest=latest,
        plan=plan,
        build_id=build_id,
        is_reused=is_reused,
        files=prepared.source.files,
        context_size=prepared.source.size,
        file_differences=_file_differences(latest, build_id, content),
        differences=differences(DeploymentSpec.of(latest) if latest else None, plan.deployment),
        warnings=(
            *plan.build.warnings,
            *plan.warnings,
            *_hook_warnings(prepared),
            *map(str, prepared.source.concerns()),
        ),
    )


def _hook_warnings(prepared: Prepared) -> Iterator[str]:
    is_run = prepared.source.place.is_dir()
    if is_run and prepared.settings.hooks.at(HookPoint.BEFORE_PACKAGING):
        yield "the hook before-packaging is not run: what it makes or changes is not in this plan"


def _build(cloud: HathoraCloud, plan: Plan, content: Content) -> tuple[str, bool]:
    """The id that the build would have, and whether there is one."""
    if plan.build.build_id is not None:
        return plan.build.build_id, False
    build_id = content_build_id(content.digest)
    found = find_build(cloud, build_id)
    now = datetime.now(UTC)
    return build_id, course(found, now=now, patience=0, force=plan.build.force) is Course.REUSE


def _file_differences(
    latest: DeploymentV3 | None, build_id: str, content: Content
) -> tuple[FileDifference, ...] | None:
    after = content.manifest
    if after is None:
        return () if latest is not None and latest.build_id == build_id else None
    before = ManifestStore(manifest_home()).load(latest.build_id) if latest else {}
    return None if before is None else file_differences(before, after)
