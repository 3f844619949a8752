"""``hathora-deploy deployments``: builds with the settings their processes run under."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Group
from hathora_deploy.cli.options import TargetSettings, with_target
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import reach
from hathora_deploy.cli.text import moment, short_tag

if TYPE_CHECKING:
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.api.network import ContainerPort


@click.group(cls=Group)
def command() -> None:
    """Deployments. Without a command, lists them."""


@command.command("list", examples=["hathora-deploy deployments --limit 10"])
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True)
@with_target
def list_(target: TargetSettings, output: Output, limit: int) -> None:
    """List the deployments of an app, newest first."""
    with reach(target, output) as reached:
        app = selection.the_app(reached, output)
        found = list(islice(reached.cloud.deployments_v3.deployments(app_id=app.app_id), limit))
    output.list(
        "deployments",
        found,
        titles="DEPLOYMENT TAG BUILD PORT CPU MEMORY ROOMS CREATED",
        cells=lambda deployment: [
            deployment.deployment_id,
            short_tag(deployment.deployment_tag or "-"),
            deployment.build_id,
            _port(deployment.default_container_port),
            f"{deployment.requested_cpu:g}",
            f"{deployment.requested_memory_mb} MB",
            str(deployment.rooms_per_process),
            moment(deployment.created_at),
        ],
        nothing=f"there are no deployments of {app.app_name}",
    )


@command.command(examples=["hathora-deploy deployments latest --output json"])
@with_target
def latest(target: TargetSettings, output: Output) -> None:
    """Show the deployment that new rooms use."""
    with reach(target, output) as reached:
        app = selection.the_app(reached, output)
        deployment = reached.cloud.deployments_v3.get_latest_deployment(app_id=app.app_id)
    _show(deployment, output)


@command.command(examples=["hathora-deploy deployments get DEPLOYMENT"])
@click.argument("deployment")
@with_target
def get(target: TargetSettings, output: Output, deployment: str) -> None:
    """Show one deployment."""
    with reach(target, output) as reached:
        app = selection.the_app(reached, output)
        found = reached.cloud.deployments_v3.get_deployment(
            app_id=app.app_id, deployment_id=deployment
        )
    _show(found, output)


def _show(deployment: DeploymentV3, output: Output) -> None:
    output.facts(
        deployment,
        {
            "deployment": deployment.deployment_id,
            "tag": deployment.deployment_tag,
            "app": deployment.app_id,
            "build": deployment.build_id,
            "port": _port(deployment.default_container_port),
            **{port.name: _port(port) for port in deployment.additional_container_ports},
            "cpu": f"{deployment.requested_cpu:g}",
            "memory": f"{deployment.requested_memory_mb} MB",
            "rooms": f"{deployment.rooms_per_process} per process",
            "idle timeout": "on" if deployment.idle_timeout_enabled else "off",
            "env": ", ".join(variable.name for variable in deployment.env) or None,
            "created": f"{moment(deployment.created_at)} by {deployment.created_by}",
        },
    )


def _port(port: ContainerPort) -> str:
    return f"{port.port}/{port.transport_type}"
