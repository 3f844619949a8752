"""``hathora-deploy history``: what was deployed, by whom, and what still runs of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Command
from hathora_deploy.cli.options import TargetSettings, with_target
from hathora_deploy.cli.output import Output, redacted
from hathora_deploy.cli.target import reach
from hathora_deploy.cli.text import ago, aligned, counted, short_tag, size

if TYPE_CHECKING:
    from hathora_deploy.api.apps import Application
    from hathora_deploy.pipeline.history import History, PastDeployment
    from hathora_deploy.pipeline.running import Load


@click.command(
    cls=Command,
    examples=["hathora-deploy history", "hathora-deploy history --limit 5 --output json"],
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many deployments, of the newest.",
)
@with_target
def command(target: TargetSettings, output: Output, limit: int) -> None:
    """List what was deployed to an app, newest first, and what still runs of it.

    New rooms use the one that is live. Older ones run on until their processes end.
    """
    with reach(target, output) as reached:
        from hathora_deploy.pipeline.history import read_history

        app = selection.the_app(reached, output)
        history = read_history(reached.cloud, app, limit=limit)
    if output.is_json:
        output.json(_as_json(app, history))
        return
    if not history.deployments:
        output.say(f"there are no deployments of {app.app_name}")
        return
    titles = ["LIVE", "TAG", "DEPLOYED", "AUTHOR", "BUILD", "PROCESSES", "ROOMS", "DEPLOYMENT"]
    for line in aligned([titles, *map(_cells, history.deployments)]):
        output.data(line)
    _tell_more(history, output)


def _cells(each: PastDeployment) -> list[str]:
    deployment = each.deployment
    return [
        "live" if each.is_live else "",
        short_tag(deployment.deployment_tag or "-"),
        ago(datetime.now(UTC) - deployment.created_at),
        each.author,
        "-" if each.image_size is None else size(each.image_size),
        *(("-", "-") if each.load is None else (str(each.load.processes), str(each.load.rooms))),
        deployment.deployment_id,
    ]


def _tell_more(history: History, output: Output) -> None:
    """What the table leaves out."""
    if history.older.processes:
        output.say(
            f"also running: {_in_words(history.older)} of older deployments; --limit shows more"
        )
    if history.unlisted:
        output.say(
            f"{counted(history.unlisted, 'process', 'processes')} more run, which the cloud counts"
            " and does not list"
        )
    for what in history.hidden:
        output.say(f"the token may not see {what}: it lacks the scope {what}:read")


def _in_words(load: Load) -> str:
    """``2 processes with 5 rooms``."""
    processes = counted(load.processes, "process", "processes")
    return f"{processes} with {counted(load.rooms, 'room')}"


def _as_json(app: Application, history: History) -> dict[str, Any]:
    return {
        "appId": app.app_id,
        "deployments": [
            {
                **redacted(each.deployment),
                "author": each.author,
                "isLive": each.is_live,
                "imageSize": each.image_size,
                **_load_json(each.load),
            }
            for each in history.deployments
        ],
        "older": _load_json(history.older),
        "unlistedProcesses": history.unlisted,
        "hidden": list(history.hidden),
    }


def _load_json(load: Load | None) -> dict[str, int | None]:
    """For programs; null is what the token may not see."""
    return {
        "processes": None if load is None else load.processes,
        "rooms": None if load is None else load.rooms,
    }
