"""``hathora-deploy cloud``: the cloud of this machine."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli import cloud_users
from hathora_deploy.cli.command import Group
from hathora_deploy.cli.errors import Interrupted
from hathora_deploy.cli.options import Function, option, with_data_dir, with_output, with_runtime
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import cloud_folder
from hathora_deploy.cli.text import moment

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud
    from hathora_deploy.cloud.settings import RuntimeName

NOT_RUNNING = 3
"""Exit code of ``status``, as of init scripts."""


def _with_start(function: Function) -> Function:
    """The command gets ``runtime``, ``port`` and ``artifacts``."""
    with_port = option(
        "--port",
        type=click.IntRange(0, 65535),
        default=7350,
        show_default=True,
        help="Port of the API; 0 takes a free one.",
    )
    with_artifacts = option(
        "--artifacts",
        metavar="URL",
        envvar="HATHORA_CLOUD_ARTIFACTS",
        help="Keep archives in a bucket: s3://bucket/prefix?endpoint=https://…&region=…",
    )
    return with_runtime(with_port(with_artifacts(function)))


@click.group(cls=Group, default="status")
def command() -> None:
    """The local cloud: the API, served by this machine. Without a command, its status."""


command.add_command(cloud_users.command)


@command.command()
@_with_start
@with_data_dir
@with_output
def start(
    output: Output, data_dir: Path | None, runtime: RuntimeName, port: int, artifacts: str | None
) -> None:
    """Start the cloud in the background, or find the one that runs."""
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud import daemon

    running = daemon.start(folder, runtime=runtime, port=port, artifacts=artifacts)
    _show(running, output, "started" if running.was_started else "running already")


@command.command()
@with_data_dir
@with_output
@click.pass_context
def status(ctx: click.Context, output: Output, data_dir: Path | None) -> None:
    """Say whether the cloud runs: exit code 0 if it does, 3 if not."""
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud import daemon

    running = daemon.find(folder)
    if running is None:
        _absent(output)
        ctx.exit(NOT_RUNNING)
    _show(running, output, "running")


@command.command()
@with_data_dir
@with_output
def stop(output: Output, data_dir: Path | None) -> None:
    """Stop the cloud and every process it runs. Apps, builds and deployments stay."""
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud import daemon

    stopped = daemon.stop(folder)
    if stopped is None:
        _absent(output)
    elif output.is_json:
        output.json({"running": False, "stopped": {"endpoint": stopped.endpoint}})
    else:
        output.say(f"the local cloud has stopped (was {stopped.endpoint})")


@command.command()
@option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address that the API listens on.",
)
@option(
    "--public-host",
    default="127.0.0.1",
    show_default=True,
    help="Name or address that players are told to connect to.",
)
@_with_start
@with_data_dir
def serve(
    data_dir: Path | None,
    runtime: RuntimeName,
    port: int,
    artifacts: str | None,
    host: str,
    public_host: str,
) -> None:
    """Serve in the foreground, until Ctrl-C or SIGTERM; then its processes are stopped."""
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud import server
    from hathora_deploy.cloud.archive.limits import ArchiveLimits
    from hathora_deploy.cloud.settings import CloudSettings

    settings = CloudSettings(
        data_dir=folder,
        host=host,
        port=port,
        public_host=public_host,
        runtime=runtime,
        artifacts=artifacts,
        archive_limits=ArchiveLimits.of_environment(os.environ),
    )
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
                "pid": running.pid,
                "startedAt": running.started_at.isoformat(),
                "runtime": running.runtime,
                "artifacts": running.artifacts,
                "dataDir": str(running.data_dir),
            }
        )
    else:
        output.lines(
            {
                "status": state,
                "endpoint": running.endpoint,
                "runtime": running.runtime,
                "process": str(running.pid),
                "started": moment(running.started_at),
                "data": str(running.data_dir),
                **({"archives": running.artifacts} if running.artifacts else {}),
            }
        )


def _absent(output: Output) -> None:
    if output.is_json:
        output.json({"running": False})
    else:
        output.say("the local cloud does not run")
