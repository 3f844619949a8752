"""``hathora-deploy logs``: the output of a game server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Command
from hathora_deploy.cli.errors import SelectionError
from hathora_deploy.cli.options import TargetSettings, with_target
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.processes import find_process
from hathora_deploy.cli.target import reach

if TYPE_CHECKING:
    from hathora_deploy.client import HathoraCloud
    from hathora_deploy.client.stream import Stream


@click.command(
    cls=Command,
    examples=[
        "hathora-deploy logs --follow",
        "hathora-deploy logs PROCESS --tail 5000 > server.log",
    ],
)
@click.argument("process", required=False)
@click.option("--follow", "-f", is_flag=True, help="Also what comes, until the process ends.")
@click.option(
    "--tail",
    "--tail-lines",
    "tail",
    type=click.IntRange(1, 5000),
    default=100,
    show_default=True,
    help="Lines of what came before.",
)
@with_target
def command(
    target: TargetSettings, output: Output, process: str | None, follow: bool, tail: int
) -> None:
    """Print the output of a process: of the newest, if none is named.

    With --follow and --output json each line is a JSON object of its own. Ctrl-C ends it: exit
    code 130.
    """
    with reach(target, output) as reached:
        cloud = reached.cloud
        app_id, process_id = (
            (find_process(cloud, process)[0], process) if process else _newest(cloud, output)
        )
        stream = cloud.logs_v1.get_logs_for_process(
            app_id=app_id, process_id=process_id, follow=follow, tail_lines=tail
        )
        with stream:
            _print(stream, output, process_id, follow=follow)
        if follow:
            ended = cloud.processes_v3.get_process(app_id=app_id, process_id=process_id)
            why = f": {ended.summary_exit_reason}" if ended.summary_exit_reason else ""
            output.say(f"process {process_id} has {ended.status}{why}")


def _newest(cloud: HathoraCloud, output: Output) -> tuple[str, str]:
    apps = selection.apps_in_scope(cloud)
    newest = max(
        (
            (process.created_at, app.app_id, process.process_id, app.app_name)
            for app in apps
            for process in cloud.processes_v3.get_latest_processes(app_id=app.app_id)[:1]
        ),
        default=None,
    )
    if newest is None:
        hint = "hathora-deploy rooms create" if apps else "hathora-deploy PATH deploys a folder"
        raise SelectionError("no process has run yet", hint=hint)
    _, app_id, process_id, name = newest
    output.say(f"process {process_id} of {name}")
    return app_id, process_id


def _print(stream: Stream, output: Output, process_id: str, *, follow: bool) -> None:
    if output.is_json and follow:
        for line in stream.lines():
            output.json_line({"processId": process_id, "line": line})
    elif output.is_json:
        output.json({"processId": process_id, "lines": list(stream.lines())})
    else:
        output.stream(stream)
