"""``hathora-deploy builds``: archives turned into something a runtime starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hathora_deploy.cli.build_options import with_build
from hathora_deploy.cli.command import Group
from hathora_deploy.cli.deadline_options import with_outage_timeout
from hathora_deploy.cli.deployment_options import deploy_settings
from hathora_deploy.cli.options import TargetSettings, option, with_target
from hathora_deploy.cli.output import Output, redacted
from hathora_deploy.cli.silence import telling
from hathora_deploy.cli.target import reach
from hathora_deploy.cli.text import moment, short_tag, size
from hathora_deploy.cli.values import Seconds

if TYPE_CHECKING:
    from hathora_deploy.api.builds import BuildV3
    from hathora_deploy.client import HathoraCloud
    from hathora_deploy.pipeline.reuse import Obtained
    from hathora_deploy.pipeline.settings import DeploySettings


@click.group(cls=Group)
def command() -> None:
    """Builds. Without a command, lists them."""


@command.command("list", examples=["hathora-deploy builds"])
@with_target
def list_(target: TargetSettings, output: Output) -> None:
    """List the builds of the organization, newest first."""
    with reach(target, output) as reached:
        builds = reached.cloud.builds_v3.get_builds().builds
    builds = sorted(builds, key=lambda build: build.created_at, reverse=True)
    output.list(
        "builds",
        builds,
        titles="BUILD TAG STATUS IMAGE CREATED",
        cells=lambda build: [
            build.build_id,
            short_tag(build.build_tag or "-"),
            build.status,
            size(build.image_size) if build.image_size else "-",
            moment(build.created_at),
        ],
        nothing="there are no builds",
    )


@command.command(
    short_help="Upload and build a folder, and deploy nothing.",
    examples=[
        "hathora-deploy builds create ./server --build-tag v1.2.0",
        "hathora-deploy builds create game.tgz",
    ],
)
@click.argument("path", default=".", envvar="HATHORA_BUILD_FILE", type=click.Path(path_type=Path))
@with_build
@with_target
def create(target: TargetSettings, output: Output, path: Path, **build: Any) -> None:
    """Upload and build the folder PATH, or an archive (.tgz) of one, and deploy nothing."""
    with reach(target, output, verbose=True) as reached:
        made = _build(reached.cloud, path, deploy_settings(**build), output)
    if output.is_json:
        output.json({**redacted(made.build), "reused": made.is_reused})
    else:
        _show(made.build, output)


def _build(cloud: HathoraCloud, folder: Path, settings: DeploySettings, output: Output) -> Obtained:
    from hathora_deploy.cli.progress import reporter
    from hathora_deploy.pipeline.folder_build import build_folder

    with reporter(output) as progress:
        return build_folder(cloud, folder, settings=settings, reporter=progress)


@command.command(examples=["hathora-deploy builds get BUILD"])
@click.argument("build")
@with_target
def get(target: TargetSettings, output: Output, build: str) -> None:
    """Show one build."""
    with reach(target, output) as reached:
        found = reached.cloud.builds_v3.get_build(build_id=build)
    _show(found, output)


@command.command(examples=["hathora-deploy builds delete BUILD"])
@click.argument("builds", metavar="BUILD...", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="First stop the processes that run them.")
@option(
    "--stop-timeout",
    type=Seconds(),
    default=60.0,
    show_default=True,
    envvar="HATHORA_STOP_TIMEOUT",
    help="How long the processes may take to end.",
)
@with_outage_timeout
@with_target
def delete(
    target: TargetSettings,
    output: Output,
    builds: tuple[str, ...],
    force: bool,
    stop_timeout: float,
    outage_timeout: float,
) -> None:
    """Delete builds; one that is running is cancelled.

    A build stays that an app's latest deployment uses, or that processes run.
    """
    from hathora_deploy.cli.build_processes import end_processes_of

    with reach(target, output) as reached, output.one_by_one("deleted") as done:
        for build in builds:
            if force:
                with telling(output, "for processes to end"):
                    ended = end_processes_of(
                        reached.cloud, build, timeout=stop_timeout, outage=outage_timeout
                    )
                for process in ended:
                    output.say(f"  process   {process}: stopped")
            reached.cloud.builds_v3.delete_build(build_id=build)
            done(build)


def _show(build: BuildV3, output: Output) -> None:
    output.facts(
        build,
        {
            "build": build.build_id,
            "tag": build.build_tag,
            "status": build.status,
            "image": size(build.image_size) if build.image_size else None,
            "created": f"{moment(build.created_at)} by {build.created_by}",
            "started": moment(build.started_at),
            "finished": moment(build.finished_at),
        },
    )
