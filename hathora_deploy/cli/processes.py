"""``hathora-deploy processes``: what runs, where, since when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Group
from hathora_deploy.cli.options import TargetSettings, with_region, with_target
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import reach
from hathora_deploy.cli.text import address, moment

if TYPE_CHECKING:
    from hathora_deploy.api.network import Region
    from hathora_deploy.api.processes import ProcessV3
    from hathora_deploy.client import HathoraCloud


@click.group(cls=Group)
def command() -> None:
    """Processes: running game servers. Without a command, lists what runs."""


@command.command(
    "list",
    short_help="List what runs, where, since when.",
    examples=[
        "hathora-deploy processes",
        "hathora-deploy processes --all --output json",
    ],
)
@click.option("--all", "everything", is_flag=True, help="Also processes that have ended.")
@with_target
def list_(target: TargetSettings, output: Output, everything: bool) -> None:
    """List what runs, where, since when; of all apps, unless one is named."""
    with reach(target, output) as reached:
        from hathora_deploy.pipeline.running import read_running

        apps = {app.app_id: app.app_name for app in selection.apps_in_scope(reached.cloud)}
        found = [
            process
            for app_id in apps
            for process in (
                reached.cloud.processes_v3.get_latest_processes(app_id=app_id)
                if everything
                else read_running(reached.cloud, app_id).processes
            )
        ]
    found.sort(key=lambda process: process.created_at, reverse=True)
    output.list(
        "processes",
        found,
        titles="PROCESS APP REGION STATUS ROOMS ADDRESS SINCE",
        cells=lambda process: [
            process.process_id,
            apps[process.app_id],
            process.region,
            process.status,
            f"{process.rooms_allocated}/{process.rooms_per_process}",
            address(process.exposed_port),
            moment(process.terminated_at or process.started_at or process.created_at),
        ],
        nothing="nothing runs" if not everything else "no process has run yet",
    )


@command.command(examples=["hathora-deploy processes get PROCESS"])
@click.argument("process")
@with_target
def get(target: TargetSettings, output: Output, process: str) -> None:
    """Show one process."""
    with reach(target, output) as reached:
        _, found = find_process(reached.cloud, process)
    show(found, output)


@command.command(examples=["hathora-deploy processes start --region Tokyo"])
@with_region
@with_target
def start(target: TargetSettings, output: Output, region: Region | None) -> None:
    """Start a process of the latest deployment, without a room."""
    from hathora_deploy.api.network import Region as Regions

    with reach(target, output) as reached:
        app = selection.the_app(reached, output)
        process = reached.cloud.processes_v3.create_process(
            app_id=app.app_id, region=region or Regions.SEATTLE
        )
    show(process, output)


@command.command(
    examples=[
        "hathora-deploy processes stop PROCESS",
        "hathora-deploy processes stop --all --app-id server",
        "hathora-deploy processes stop --outdated",
    ],
)
@click.argument("processes", metavar="[PROCESS]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that runs; of one app, if named.")
@click.option(
    "--outdated",
    is_flag=True,
    help="Those of older deployments that have no rooms; of one app, if named.",
)
@with_target
def stop(
    target: TargetSettings,
    output: Output,
    processes: tuple[str, ...],
    everything: bool,
    outdated: bool,
) -> None:
    """Stop processes; their rooms are destroyed."""
    if sum((bool(processes), everything, outdated)) != 1:
        raise click.UsageError("name the processes to stop, or pass --all or --outdated")
    with reach(target, output) as reached:
        from hathora_deploy.pipeline.running import read_running

        cloud = reached.cloud
        if processes:
            doomed = [(find_process(cloud, name)[0], name) for name in processes]
        else:
            doomed = [
                (app.app_id, process.process_id)
                for app in selection.apps_in_scope(cloud)
                for process in (
                    _outdated(cloud, app.app_id)
                    if outdated
                    else read_running(cloud, app.app_id).processes
                )
            ]
        if not doomed:
            output.say(
                "nothing of older deployments runs without rooms" if outdated else "nothing runs"
            )
        with output.one_by_one("stopped") as done:
            for app_id, process_id in doomed:
                cloud.processes_v3.stop_process(app_id=app_id, process_id=process_id)
                done(process_id)


def _outdated(cloud: HathoraCloud, app_id: str) -> Sequence[ProcessV3]:
    from hathora_deploy.pipeline.running import outdated, read_running

    found = read_running(cloud, app_id).processes
    if not found:  # and perhaps no deployment
        return found
    live = cloud.deployments_v3.get_latest_deployment(app_id=app_id)
    return outdated(found, live.deployment_id)


def find_process(cloud: HathoraCloud, process_id: str) -> tuple[str, ProcessV3]:
    """A process and the id of its app. Raises SelectionError."""
    return selection.find(
        cloud,
        "process",
        process_id,
        lambda app_id: cloud.processes_v3.get_process(app_id=app_id, process_id=process_id),
    )


def show(process: ProcessV3, output: Output) -> None:
    """One process, fact by fact."""
    output.facts(
        process,
        {
            "process": process.process_id,
            "app": process.app_id,
            "deployment": process.deployment_id,
            "region": process.region,
            "status": process.status,
            "address": address(process.exposed_port) if process.exposed_port else None,
            **{port.name: address(port) for port in process.additional_exposed_ports},
            "rooms": f"{process.rooms_allocated} of {process.rooms_per_process}",
            "created": moment(process.created_at),
            "started": moment(process.started_at),
            "ended": moment(process.terminated_at) if process.terminated_at else None,
            "why": process.summary_exit_reason,
        },
    )
