"""``hathora-deploy promote staging production``: what is live in one environment goes to another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from hathora_deploy.cli import selection, settings_file
from hathora_deploy.cli.command import Command, file_settings
from hathora_deploy.cli.consent import agree, facts, with_yes
from hathora_deploy.cli.deployment_options import deploy_settings, with_spec
from hathora_deploy.cli.differences import change_lines, differences_json
from hathora_deploy.cli.errors import SelectionError, SettingsError
from hathora_deploy.cli.options import TargetSettings, with_cloud, with_region
from hathora_deploy.cli.output import Output, redacted
from hathora_deploy.cli.reports.request import reports_of, with_report
from hathora_deploy.cli.reports.subject import Subject
from hathora_deploy.cli.target import reach
from hathora_deploy.cli.values import EnvironmentName
from hathora_deploy.cli.verification_options import (
    verified_json,
    with_rollback,
    with_verification,
)

if TYPE_CHECKING:
    from hathora_deploy.api.apps import Application
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.api.network import Region
    from hathora_deploy.cli.reports.request import ReportRequest
    from hathora_deploy.cli.settings_file import FileSettings
    from hathora_deploy.client import HathoraCloud
    from hathora_deploy.pipeline.promotion import Promoted, Promotion

_OUTSIDE: Final = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)


@click.command(
    cls=Command,
    examples=[
        "hathora-deploy promote staging production",
        "hathora-deploy promote staging production --from-latest --verify udp --yes",
    ],
)
@click.argument("source", metavar="FROM", type=EnvironmentName())
@click.argument(
    "environment", metavar="TO", type=EnvironmentName()
)  # by this name, Command reads its settings
@with_yes
@with_spec
@with_region
@with_verification
@with_rollback
@with_report
@with_cloud
def command(
    target: TargetSettings,
    output: Output,
    source: str,
    environment: str,
    yes: bool,
    region: Region | None,
    lock_timeout: float,
    report: tuple[ReportRequest, ...],
    **deployment: Any,
) -> None:
    """Deploy the build that is live in the environment FROM to the environment TO; nothing is packed.

    Both are tables of hathora.toml. The deployment has the settings of TO and keeps the tag. What
    changes is shown before, and asked for.
    """
    file = file_settings(click.get_current_context())
    assert file is not None  # or Command would have refused the environment
    reports = reports_of(Subject("promote", environment), report, output)
    with reports.written():
        origin = settings_file.read(file.path, environment=source)
        if not target.local:
            _require_one_endpoint(origin, file, source, environment)
        with reach(target, output, verbose=True) as reached:
            from hathora_deploy.cli.progress import reporter
            from hathora_deploy.pipeline.lease import holder_of
            from hathora_deploy.pipeline.pipeline_run import find_run
            from hathora_deploy.pipeline.promotion import plan_promotion, promote

            cloud = reached.cloud
            apps = (_app(cloud, origin, source), _app(cloud, file, environment))
            _require_apart(*apps, file.path, environment)
            cloud.app_id = apps[1].app_id
            planned = plan_promotion(cloud, apps[0].app_id, settings=deploy_settings(**deployment))
            made: Promoted | None = None
            if planned.has_changes:
                _show(apps, planned, output)
                unasked = "the same command with --yes does not ask"
                agree(f"Deploy it to {environment}?", output, yes=yes, unasked=unasked)
                with reporter(output) as shown:
                    values = planned.plan.deployment.env.values()
                    made = promote(
                        cloud,
                        planned,
                        holder=holder_of(find_run(os.environ)),
                        timeout=lock_timeout,
                        reporter=reports.beside(shown, [*values, *filter(None, [reached.token])]),
                    )
            live = made.deployment if made else planned.live
            assert live is not None  # or there would have been changes
            reports.settle(live, planned.live if made else None)
    _tell(apps, planned, made, live, output)


def _require_one_endpoint(origin: FileSettings, own: FileSettings, *names: str) -> None:
    """Raises SettingsError: a build is of one cloud. A flag or a variable is the endpoint of both."""
    if click.get_current_context().get_parameter_source("endpoint") in _OUTSIDE:
        return
    one, other = (each.values.get("endpoint") for each in (origin, own))
    if one != other:
        places = [each or "the cloud that is used without one" for each in (one, other)]
        raise SettingsError(
            f"{names[0]} is at {places[0]} and {names[1]} at {places[1]}: a build cannot be promoted"
            " from one cloud to another",
            hint=f"deploy the same revision there: hathora-deploy PATH --environment {names[1]}",
        )


def _app(cloud: HathoraCloud, file: FileSettings, environment: str) -> Application:
    name = file.values.get("app_id")
    if name is None:
        raise SettingsError(
            f"{file.path} does not say which app {environment} is",
            hint=f'write id = "app-…" below [{environment}.app]',
        )
    return selection.app_named(cloud, name)


def _require_apart(origin: Application, own: Application, path: Path, environment: str) -> None:
    """Raises SettingsError, SelectionError."""
    if origin.app_id == own.app_id:
        raise SettingsError(
            f"both environments are the app {own.app_name} ({own.app_id})",
            hint=f"give {environment} its own in {path}: [{environment}.app]",
        )
    if origin.org_id != own.org_id:
        raise SelectionError(
            f"{origin.app_name} and {own.app_name} belong to two organizations, and a build to one",
            hint=f"deploy the same revision there: hathora-deploy PATH --environment {environment}",
        )


def _show(apps: tuple[Application, Application], planned: Promotion, output: Output) -> None:
    output.say(f"  from      {apps[0].app_name}: {facts(planned.source)}")
    live = facts(planned.live) if planned.live else "nothing was deployed yet"
    output.say(f"  to        {apps[1].app_name}: {live}")
    old_build = planned.live.build_id if planned.live else None
    for line in change_lines(old_build, planned.source.build_id, planned.differences):
        output.say(line)


def _tell(
    apps: tuple[Application, Application],
    planned: Promotion,
    made: Promoted | None,
    live: DeploymentV3,
    output: Output,
) -> None:
    undo: str | None = None
    if made and planned.live:
        undo = output.place.completed(f"hathora-deploy rollback {planned.live.deployment_id}")
    if output.is_json:
        output.json(
            {
                "appId": apps[1].app_id,
                "changed": made is not None,
                "deployment": redacted(live),
                "promotedFrom": {
                    "appId": apps[0].app_id,
                    "deploymentId": planned.source.deployment_id,
                },
                "previousDeploymentId": planned.live and planned.live.deployment_id,
                "verification": verified_json(made.verified) if made else None,
                "differences": differences_json(planned.differences),
                "undo": undo,
            }
        )
        return
    if made is None:
        output.say(f"nothing changes: {live.deployment_id} is of this build, with these settings")
    output.data(f"  deployed  {live.deployment_id}")
    if undo:
        output.say(f"  undo      {undo}")
