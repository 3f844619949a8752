"""A folder, or an archive of one, becomes a build that nothing is deployed from yet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.hook_runner import HookRunner
from hathora_deploy.pipeline.pipeline_run import find_run
from hathora_deploy.pipeline.plan import plan_build
from hathora_deploy.pipeline.preparation import read_source, revision_of, warn
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.reuse import Obtained
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.source_build import build_source


def build_folder(
    cloud: HathoraCloud,
    path: Path,
    *,
    settings: DeploySettings,
    reporter: Reporter,
    environment: Mapping[str, str] = os.environ,
) -> Obtained:
    """Package and build, and deploy nothing. Raises HathoraErrors."""
    hooks = HookRunner(
        settings=settings, path=path, cloud=cloud, reporter=reporter, environment=environment
    )
    hooks.before_packaging()
    source = read_source(path, settings)
    revision = revision_of(source, find_run(environment), settings, environment)
    plan = plan_build(settings, revision=revision)
    warn(plan.warnings, source, reporter)
    obtained = build_source(cloud, source, revision, plan=plan, reporter=reporter)
    hooks.after_build(revision, obtained)
    return obtained
