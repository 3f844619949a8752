"""``hathora-deploy rollback``: an earlier build is deployed again, with the settings it had."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Command
from hathora_deploy.cli.consent import agree, facts, with_yes
from hathora_deploy.cli.deadline_options import with_lock_timeout, with_outage_timeout
from hathora_deploy.cli.differences import change_lines, differences_json
from hathora_deploy.cli.options import TargetSettings, with_target
from hathora_deploy.cli.output import Output, redacted
from hathora_deploy.cli.reports.request import reports_of, with_report
from hathora_deploy.cli.reports.subject import Subject
from hathora_deploy.cli.target import reach

if TYPE_CHECKING:
    from hathora_deploy.api.apps import Application
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.cli.reports.request import ReportRequest
    from hathora_deploy.pipeline.rollback import Rollback


@click.command(
    cls=Command,
    examples=[
        "hathora-deploy rollback",
        "hathora-deploy rollback DEPLOYMENT --yes",
    ],
)
@click.argument("deployment", metavar="[DEPLOYMENT|TAG]", required=False)
@with_yes
@with_lock_timeout
@with_outage_timeout
@with_report
@with_target
def command(
    target: TargetSettings,
    output: Output,
    deployment: str | None,
    yes: bool,
    lock_timeout: float,
    outage_timeout: float,
    report: tuple[ReportRequest, ...],
) -> None:
    """Go back to an earlier deployment: a new one is made of its build, with its settings and its tag.

    Without a name, to the one before what is live; what was gone back from is left out. A tag may be
    the beginning of one, as of a git SHA. What changes is shown before, and asked for.
    """
    reports = reports_of(Subject("rollback", deployment or "previous"), report, output)
    with reports.written(), reach(target, output) as reached:
        from hathora_deploy.cli.progress import reporter
        from hathora_deploy.pipeline.lease import holder_of
        from hathora_deploy.pipeline.patience import Patience
        from hathora_deploy.pipeline.pipeline_run import find_run
        from hathora_deploy.pipeline.rollback import plan_rollback, roll_back

        app = selection.the_app(reached, output)
        planned = plan_rollback(reached.cloud, deployment)
        made: DeploymentV3 | None = None
        if planned.has_changes:
            _show(app, planned, output)
            unasked = f"hathora-deploy rollback {planned.target.deployment_id} --yes"
            agree("Go back?", output, yes=yes, unasked=unasked)
            with reporter(output) as shown:
                values = [each.value for each in planned.target.env]
                made = roll_back(
                    reached.cloud,
                    planned,
                    holder=holder_of(find_run(os.environ)),
                    timeout=lock_timeout,
                    patience=Patience(outage=outage_timeout),
                    reporter=reports.beside(shown, [*values, *filter(None, [reached.token])]),
                )
        reports.settle(made or planned.live, planned.live if made else None)
    undo = output.place.completed(f"hathora-deploy rollback {planned.live.deployment_id}")
    _tell(app, planned, made, undo, output)


def _show(app: Application, planned: Rollback, output: Output) -> None:
    output.say(f"  app       {app.app_name}: {app.app_id}")
    output.say(f"  live      {facts(planned.live)}")
    output.say(f"  back to   {facts(planned.target)}")
    for line in change_lines(planned.live.build_id, planned.target.build_id, planned.differences):
        output.say(line)


def _tell(
    app: Application, planned: Rollback, made: DeploymentV3 | None, undo: str, output: Output
) -> None:
    live = made or planned.live
    if output.is_json:
        output.json(
            {
                "appId": app.app_id,
                "changed": made is not None,
                "deployment": redacted(live),
                "previousDeploymentId": planned.live.deployment_id,
                "rolledBackTo": planned.target.deployment_id,
                "differences": differences_json(planned.differences),
                "undo": undo if made else None,
            }
        )
        return
    if made is None:
        output.say(f"nothing changes: {live.deployment_id} is what runs already")
    output.data(f"  deployed  {live.deployment_id}")
    if made is not None:
        output.say(f"  undo      {undo}")
