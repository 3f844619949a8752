"""``hathora-deploy PATH``: the folder becomes a running deployment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Command
from hathora_deploy.cli.deployment_options import deploy_settings, with_deployment
from hathora_deploy.cli.differences import differences_json, files_json
from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.options import (
    TargetSettings,
    option,
    with_region,
    with_runtime,
    with_target,
)
from hathora_deploy.cli.output import Output, redacted
from hathora_deploy.cli.reports.request import reports_of, with_report
from hathora_deploy.cli.reports.subject import Subject
from hathora_deploy.cli.target import Target, reach
from hathora_deploy.cli.text import address
from hathora_deploy.cli.verification_options import (
    verified_json,
    with_rollback,
    with_verification,
)

if TYPE_CHECKING:
    from hathora_deploy.api.network import Region
    from hathora_deploy.cli.reports.request import ReportRequest
    from hathora_deploy.cloud.settings import RuntimeName
    from hathora_deploy.errors import HathoraError
    from hathora_deploy.pipeline.deployed import Deployed


with_room: Final = option(
    "--room/--no-room",
    default=None,
    help="Start a room after the deploy.  [default: on the local cloud only]",
)
"""The command gets ``room``, None where nobody said."""


@click.command(
    cls=Command,
    examples=[
        "hathora-deploy ./server",
        "hathora-deploy ./server --verify udp --env MODE=ranked --env 'MOTD=Hello, players'",
        "hathora-deploy game.tgz --no-room --deployment-tag v1.2.0 --output json",
    ],
)
@click.argument("path", default=".", envvar="HATHORA_BUILD_FILE", type=click.Path(path_type=Path))
@with_deployment
@with_region
@with_verification
@with_rollback
@with_room
@option("--dry-run", is_flag=True, help="Deploy nothing, as `hathora-deploy plan` does.")
@with_report
@with_runtime
@with_target
def command(
    target: TargetSettings,
    output: Output,
    path: Path,
    runtime: RuntimeName,
    room: bool | None,
    region: Region | None,
    dry_run: bool,
    report: tuple[ReportRequest, ...],
    **deployment: Any,
) -> int:
    """Deploy the folder PATH, or an archive (.tgz) of one: package, upload, build, deploy, start a room.

    Where the room can be reached is printed on stdout, what happens meanwhile on stderr. Exit code
    3: the build failed, and nothing was deployed; 4: it was deployed, and did not start; 5: it was
    deployed, and did not verify.
    """
    about, wanted = Subject.deploy(path), () if dry_run else report
    reports = reports_of(about, wanted, output, is_silent=dry_run)
    with reports.written():
        require_source(path)
        with reach(replace(target, runtime=runtime), output, verbose=True) as reached:
            from hathora_deploy.cli.progress import reporter
            from hathora_deploy.pipeline.deploy import deploy_prepared
            from hathora_deploy.pipeline.preparation import make_content, prepare

            settings = deploy_settings(room_region=room_region(reached, room, region), **deployment)
            if dry_run:
                from hathora_deploy.cli import plan

                return plan.show(reached, prepare(path, settings=settings), path, output)
            with reporter(output) as shown:
                secrets = [*settings.env.values(), *filter(None, [reached.token])]
                told = reports.beside(shown, secrets)
                make_content(reached.cloud, path, settings=settings, reporter=told)
                # First, or an app would be made for a folder that cannot be deployed.
                prepared = prepare(path, settings=settings)
                app = selection.app_to_deploy(reached, path, output)
                deployed = deploy_prepared(reached.cloud, prepared, reporter=told)
            reports.complete(deployed)
            endpoint = reached.cloud.endpoint
    if output.is_json:
        output.json({"endpoint": endpoint, "appId": app.app_id, **_as_json(deployed)})
    else:
        _print(deployed, output)
    return 0


def room_region(target: Target, room: bool | None, region: Region | None) -> Region | None:
    """Where the deploy starts a room; None if it starts none."""
    from hathora_deploy.api.network import Region

    wants_room = target.is_local if room is None else room
    return (region or Region.SEATTLE) if wants_room else None


def require_source(path: Path) -> None:
    """Raises UsageError or SettingsError unless it is a folder or an archive."""
    from hathora_deploy.pipeline.given_archive import is_archive

    with SettingsError.of_path():
        if not path.is_dir() and not is_archive(path):
            raise _no_source(path)
        path.resolve(strict=True)  # a working folder that is gone still counts as a folder


def _no_source(path: Path) -> HathoraError | click.UsageError:
    from hathora_deploy.cli.commands import COMMANDS
    from hathora_deploy.pipeline.survey import deploy_of

    if str(path) in COMMANDS:
        return click.UsageError(
            f"there is no folder '{path}'; the command of that name goes before its options"
        )
    if path.exists():
        return SettingsError(
            f"'{path}' is neither a folder nor a .tgz",
            hint=f"deploy the folder that it is in: {deploy_of(path.parent)}",
        )
    return click.UsageError(f"there is no folder '{path}'")


def _print(deployed: Deployed, output: Output) -> None:
    room = deployed.room
    if room is None:
        output.data(f"  deployed  {deployed.deployment.deployment_id}")
        return
    place = f"room {room.room_id} in {room.region}"
    output.data(f"  running   {place}  →  {address(room.address)}")
    for port in room.additional_addresses:
        output.data(f"  {port.name:<8}  {address(port)}")


def _differences(deployed: Deployed) -> list[dict[str, Any]] | None:
    """None where nothing was deployed before."""
    from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
    from hathora_deploy.pipeline.difference import differences

    if deployed.previous is None:
        return None
    before, after = map(DeploymentSpec.of, (deployed.previous, deployed.deployment))
    return differences_json(differences(before, after))


def _changed_files(deployed: Deployed) -> list[dict[str, Any]] | None:
    """None where it is not known on this machine."""
    from hathora_deploy.pipeline.difference import file_differences
    from hathora_deploy.pipeline.manifest import ManifestStore, manifest_home

    store = ManifestStore(manifest_home())
    before = store.load(deployed.previous.build_id) if deployed.previous else None
    after = store.load(deployed.build.build_id)
    if before is None or after is None:
        return None
    return files_json(file_differences(before, after))


def _as_json(deployed: Deployed) -> dict[str, Any]:
    revision, run, room = deployed.revision, deployed.run, deployed.room
    return {
        "revision": {
            "sha": revision.sha,
            "change": revision.change,
            "branch": revision.branch,
            "isDirty": revision.is_dirty,
            "changed": revision.changed,
            "untracked": revision.untracked,
            "note": revision.note,
        },
        "pipeline": run and {"service": run.service, "url": run.url, "author": run.author},
        "archive": {
            "files": deployed.files,
            "contextBytes": deployed.context_size,
            "archiveBytes": deployed.archive_size,
            "archiveDigest": deployed.archive.digest if deployed.archive else None,
            "contentDigest": deployed.content_digest,
        },
        "reused": deployed.is_reused,
        "seconds": {step: round(taken, 3) for step, taken in deployed.seconds.items()},
        "build": redacted(deployed.build),
        "deployment": redacted(deployed.deployment),
        "previousDeploymentId": deployed.previous and deployed.previous.deployment_id,
        "differences": _differences(deployed),
        "changedFiles": _changed_files(deployed),
        "verification": verified_json(deployed.verified),
        "room": room
        and {
            "roomId": room.room_id,
            "processId": room.process_id,
            "region": room.region,
            "exposedPort": redacted(room.address),
            "additionalExposedPorts": [redacted(port) for port in room.additional_addresses],
        },
    }
