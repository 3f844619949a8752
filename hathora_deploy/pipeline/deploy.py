"""A folder becomes a deployment: the runbook."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.errors import NotFound
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.deployment import latest_deployment
from hathora_deploy.pipeline.errors import PlanError
from hathora_deploy.pipeline.going_live import gone_live
from hathora_deploy.pipeline.hook_runner import HookRunner
from hathora_deploy.pipeline.lease import AppLease, app_lease, holder_of
from hathora_deploy.pipeline.plan import Plan
from hathora_deploy.pipeline.preparation import Prepared, make_content, prepare, warn
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.room import RunningRoom, open_room
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.source_build import build_source
from hathora_deploy.pipeline.stopwatch import Stopwatch

DEFAULTS: Final = DeploySettings()
SILENT: Final = Reporter()


def deploy(
    cloud: HathoraCloud,
    path: Path | str,
    *,
    settings: DeploySettings = DEFAULTS,
    reporter: Reporter = SILENT,
    environment: Mapping[str, str] = os.environ,
) -> Deployed:
    """Package a folder, build, deploy to ``cloud.app_id``, verify that and open a room as asked for.

    An archive is taken as it is, and so is a build of the same content. Nothing is packed before all that
    can be checked is. Raises HathoraErrors; whatever ends it early,
    Ctrl-C too, leaves no half upload, no running build and no process behind.
    """
    source = Path(path)
    make_content(cloud, source, settings=settings, reporter=reporter, environment=environment)
    prepared = prepare(source, settings=settings, environment=environment)
    return deploy_prepared(cloud, prepared, reporter=reporter, environment=environment)


def deploy_prepared(
    cloud: HathoraCloud,
    prepared: Prepared,
    *,
    reporter: Reporter,
    environment: Mapping[str, str] = os.environ,
) -> Deployed:
    """The second half of ``deploy``, in which no other deploy has the app."""
    _require_app(cloud)
    settings, place = prepared.settings, prepared.source.place
    hooks = HookRunner(
        settings=settings, path=place, cloud=cloud, reporter=reporter, environment=environment
    )
    watch = Stopwatch(begun=reporter.step)
    with ExitStack() as stack:
        with watch.step("wait"):
            lease = stack.enter_context(
                app_lease(
                    cloud,
                    holder=holder_of(prepared.run),
                    timeout=settings.lock_timeout,
                    patience=settings.patience,
                    reporter=reporter,
                )
            )
        return _deploy(cloud, prepared, lease, hooks, reporter, watch)


def _deploy(
    cloud: HathoraCloud,
    prepared: Prepared,
    lease: AppLease,
    hooks: HookRunner,
    reporter: Reporter,
    watch: Stopwatch,
) -> Deployed:
    source, revision = prepared.source, prepared.revision
    plan = prepared.plan(latest_deployment(cloud) if prepared.settings.from_latest else None)
    warn((*plan.build.warnings, *plan.warnings), source, reporter)

    with watch.step("build"):
        obtained = build_source(cloud, source, revision, plan=plan.build, reporter=reporter)
    hooks.after_build(revision, obtained)
    build_id = obtained.build.build_id
    with gone_live(cloud, build_id, plan, lease, reporter=reporter, watch=watch) as live:
        hooks.after_deploy(revision, obtained.build, live.deployment)
        with watch.step("room"):
            room = _open_room(cloud, live.deployment, plan, reporter)
    return Deployed(
        revision=revision,
        files=source.files,
        context_size=source.size,
        archive=obtained.archive,
        content_digest=obtained.content_digest,
        build=obtained.build,
        deployment=live.deployment,
        previous=live.previous,
        verified=live.verified,
        room=room,
        run=prepared.run,
        seconds=watch.seconds,
    )


def _require_app(cloud: HathoraCloud) -> None:
    """Also the first call, which finds out whether the cloud answers and the token is good."""
    if not cloud.app_id:
        raise PlanError(
            "no app is named",
            hint="pass app_id to the client; `hathora-deploy apps` lists those there are",
        )
    try:
        cloud.apps_v2.get_app()
    except NotFound:
        raise PlanError(
            f"there is no app {cloud.app_id} at {cloud.endpoint} that this token may use",
            hint="`hathora-deploy apps` lists those there are",
        ) from None


def _open_room(
    cloud: HathoraCloud, deployment: DeploymentV3, plan: Plan, reporter: Reporter
) -> RunningRoom | None:
    if plan.room_region is None:
        return None
    return open_room(
        cloud,
        deployment,
        plan.room_region,
        timeout=plan.start_timeout,
        patience=plan.build.patience,
        reporter=reporter,
    )
