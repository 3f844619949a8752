"""``hathora-deploy cloud``: the cloud of this machine."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli import cloud_audit, cloud_backup, cloud_users
from hathora_deploy.cli.cloud_settings import with_cloud_settings
from hathora_deploy.cli.command import Group
from hathora_deploy.cli.errors import Interrupted
from hathora_deploy.cli.options import with_data_dir, with_output
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.silence import telling
from hathora_deploy.cli.target import cloud_folder, ready_timeout
from hathora_deploy.cli.text import moment

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud
    from hathora_deploy.cloud.settings import CloudSettings

NOT_RUNNING = 3
"""Exit code of ``status``, as of init scripts."""


@click.group(cls=Group, default="status")
def command() -> None:
    """The local cloud: the API, served by this machine. Without a command, its status."""


command.add_command(cloud_users.command)
command.add_command(cloud_audit.command)
command.add_command(cloud_backup.backup)
command.add_command(cloud_backup.restore)


@command.command(
    examples=[
        "hathora-deploy cloud start",
        "hathora-deploy cloud start --runtime process --data-dir ./cloud",
    ],
)
@with_cloud_settings
@with_output
def start(output: Output, settings: CloudSettings) -> None:
    """Start the cloud in the background, or find the one that runs."""
    from hathora_deploy.cloud import daemon

    with telling(output, "for the cloud to start"):
        running = daemon.start(settings, timeout=ready_timeout(os.environ))
    _show(running, output, "started" if running.was_started else "running already")


@command.command(examples=["hathora-deploy cloud"])
@with_data_dir
@with_output
@click.pass_context
def status(ctx: click.Context, output: Output, data_dir: Path | None) -> None:
    """Say whether the cloud runs: exit code 0 if it does, 3 if not."""
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud import daemon

    running = daemon.find(folder)
    if running is None:
        _absent(output, was_killed=daemon.was_killed(folder))
        ctx.exit(NOT_RUNNING)
    _show(running, output, "running")


@command.command(
    examples=[
        "hathora-deploy cloud stop",
        "hathora-deploy cloud stop --keep-processes",
    ],
)
@click.option(
    "--keep-processes",
    is_flag=True,
    help="Let what runs run on, until the cloud starts again: to upgrade.",
)
@with_data_dir
@with_output
def stop(output: Output, data_dir: Path | None, keep_processes: bool) -> None:
    """Stop the cloud and every process it runs. Apps, builds and deployments stay."""
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud import daemon

    was_killed = daemon.was_killed(folder)
    with telling(output, "for the cloud and its processes to stop"):
        stopped = daemon.stop(folder, leaves_processes=keep_processes)
    if stopped is None:
        _absent(output, was_killed=was_killed)
    elif output.is_json:
        output.json({"running": False, "stopped": {"endpoint": stopped.endpoint}})
    else:
        output.say(f"the local cloud has stopped (was {stopped.endpoint})")


@command.command(
    short_help="Serve in the foreground, until Ctrl-C.",
    examples=["hathora-deploy cloud serve --data-dir ./cloud"],
)
@with_cloud_settings
def serve(settings: CloudSettings) -> None:
    """Serve in the foreground, until Ctrl-C or SIGTERM; then its processes are stopped."""
    from hathora_deploy.cloud import server

    # A signal is how this ends when all is well.
    with suppress(Interrupted):
        server.serve(settings)


def _show(running: RunningCloud, output: Output, state: str) -> None:
    if output.is_json:
        output.json(
            {
                "running": True,
                "wasStarted": running.was_started,
                "endpoint": running.endpoint,
                "publicEndpoint": running.public_endpoint,
                "fingerprint": running.fingerprint,
                "pid": running.pid,
                "startedAt": running.started_at.isoformat(),
                "runtime": running.runtime,
                "version": running.version,
                "settings": dict(running.settings),
                "dataDir": str(running.data_dir),
            }
        )
    else:
        output.lines(
            {
                "status": state,
                "endpoint": running.endpoint,
                **_shown_to_others(running),
                "runtime": running.runtime,
                "process": str(running.pid),
                "started": moment(running.started_at),
                "data": str(running.data_dir),
                **{name.replace("_", " "): text for name, text in running.settings.items()},
            }
        )


def _shown_to_others(running: RunningCloud) -> dict[str, str]:
    if running.public_endpoint is None:
        return {}
    return {"for others": running.public_endpoint, "certificate": f"SHA-256 {running.fingerprint}"}


def _absent(output: Output, *, was_killed: bool) -> None:
    if output.is_json:
        output.json({"running": False})
        return
    output.say("the local cloud does not run")
    if was_killed:
        output.say(
            "it was killed, and what it ran may go on: hathora-deploy cloud start finds that, "
            "and hathora-deploy cloud stop then ends it"
        )
