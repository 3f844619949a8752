"""``hathora-deploy apps``: the namespaces that deployments and their processes live in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Group
from hathora_deploy.cli.options import TargetSettings, with_target
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import reach
from hathora_deploy.cli.text import moment, short_tag

if TYPE_CHECKING:
    from hathora_deploy.api.apps import Application


@click.group(cls=Group)
def command() -> None:
    """Applications. Without a command, lists them."""


@command.command("list", examples=["hathora-deploy apps"])
@with_target
def list_(target: TargetSettings, output: Output) -> None:
    """List the apps of the organization."""
    with reach(target, output) as reached:
        apps = reached.cloud.apps_v2.get_apps().applications
    output.list(
        "apps",
        apps,
        titles="APP NAME DEPLOYMENT TAG DEPLOYED",
        cells=lambda app: [
            app.app_id,
            app.app_name,
            app.deployment.deployment_id if app.deployment else "-",
            short_tag((app.deployment and app.deployment.deployment_tag) or "-"),
            moment(app.deployment.created_at if app.deployment else None),
        ],
        nothing="there are no apps",
    )


@command.command(short_help="Create an app.", examples=["hathora-deploy apps create arena"])
@click.argument("name")
@with_target
def create(target: TargetSettings, output: Output, name: str) -> None:
    """Create an app, whose players may log in anonymously or by a nickname."""
    with reach(target, output) as reached:
        app = selection.new_app(reached.cloud, name)
    _show(app, output)


@command.command(examples=["hathora-deploy apps get arena"])
@click.argument("app", required=False)
@with_target
def get(target: TargetSettings, output: Output, app: str | None) -> None:
    """Show one app, by its id or name."""
    with reach(target, output) as reached:
        found = (
            selection.app_named(reached.cloud, app) if app else selection.the_app(reached, output)
        )
    _show(found, output)


@command.command(examples=["hathora-deploy apps delete arena"])
@click.argument("app")
@with_target
def delete(target: TargetSettings, output: Output, app: str) -> None:
    """Delete an app, by its id or name; its processes are stopped."""
    with reach(target, output) as reached:
        found = selection.app_named(reached.cloud, app)
        reached.cloud.apps_v2.delete_app(app_id=found.app_id)
    output.done("deleted", found.app_id)


def _show(app: Application, output: Output) -> None:
    output.facts(
        app,
        {
            "app": app.app_id,
            "name": app.app_name,
            "organization": app.org_id,
            "created": f"{moment(app.created_at)} by {app.created_by}",
        },
    )
