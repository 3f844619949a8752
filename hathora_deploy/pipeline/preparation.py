"""All of a deploy that needs no cloud: what is deployed, which revision that is, and with which settings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.folder_source import read_folder
from hathora_deploy.pipeline.given_archive import is_archive, read_archive
from hathora_deploy.pipeline.hook_runner import HookRunner
from hathora_deploy.pipeline.pipeline_run import PipelineRun, find_run
from hathora_deploy.pipeline.pipeline_service import pipeline_mark
from hathora_deploy.pipeline.plan import Plan, plan_deploy, require_possible
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.revision import Revision, completed, require_committed
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.source import Source
from hathora_deploy.pipeline.stat_cache import stat_cache_home


@dataclass(frozen=True)
class Prepared:
    """A folder, or its archive, that can be deployed, as far as can be told without a cloud."""

    source: Source
    revision: Revision
    settings: DeploySettings
    run: PipelineRun | None = None

    def plan(self, latest: DeploymentV3 | None) -> Plan:
        """What the deploy will do where ``latest`` is the newest deployment. Raises PlanError."""
        return plan_deploy(
            self.settings,
            exposed=self.source.dockerfile().exposed_ports,
            revision=self.revision,
            latest=latest,
        )


def make_content(
    cloud: HathoraCloud,
    path: Path,
    *,
    settings: DeploySettings,
    reporter: Reporter,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Run the hook before packaging, if there is one. Raises PlanError, HookFailedError."""
    require_possible(settings)
    hooks = HookRunner(
        settings=settings, path=path, cloud=cloud, reporter=reporter, environment=environment
    )
    hooks.before_packaging()


def prepare(
    path: Path, *, settings: DeploySettings, environment: Mapping[str, str] = os.environ
) -> Prepared:
    """Look at a folder or an archive, and at the settings: asks no cloud and packs nothing.

    Raises ContextError, PlanError, and UncommittedError where the environment is a pipeline's.
    """
    source = read_source(path, settings)
    run = find_run(environment)
    prepared = Prepared(source, revision_of(source, run, settings, environment), settings, run)
    if settings.from_latest:
        require_possible(settings)
    else:
        prepared.plan(latest=None)
    return prepared


def read_source(path: Path, settings: DeploySettings) -> Source:
    """What a build is to be made of. Raises ContextError."""
    if is_archive(path):
        return read_archive(path)
    return read_folder(
        path, dockerfile=settings.dockerfile, cache_home=stat_cache_home(), anew=settings.force
    )


def revision_of(
    source: Source,
    run: PipelineRun | None,
    settings: DeploySettings,
    environment: Mapping[str, str],
) -> Revision:
    """Raises UncommittedError where the environment is a pipeline's."""
    revision = completed(source.revision(git_timeout=settings.git_timeout), run)
    if pipeline_mark(environment) and not settings.allow_dirty:
        require_committed(revision)
    return revision


def warn(warnings: Iterable[str], source: Source, reporter: Reporter) -> None:
    """Tell what is worth a warning, also of the source."""
    for warning in (*warnings, *map(str, source.concerns())):
        reporter.warning(warning)
