"""``hathora-deploy plan PATH``: what a deploy would do, side by side with the latest deployment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Command
from hathora_deploy.cli.deploy import require_source, room_region, with_room
from hathora_deploy.cli.deployment_options import deploy_settings, with_deployment
from hathora_deploy.cli.differences import (
    SIGNS,
    differences_json,
    files_json,
    setting_in_json,
    setting_shown,
)
from hathora_deploy.cli.errors import NoPlanError
from hathora_deploy.cli.options import TargetSettings, with_region, with_target
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import Target, reach
from hathora_deploy.cli.text import aligned, counted, moment, short_fleet, short_tag, size
from hathora_deploy.cli.verification_options import (
    verification_json,
    with_rollback,
    with_verification,
)

if TYPE_CHECKING:
    from hathora_deploy.api.network import Region
    from hathora_deploy.pipeline.difference import FileDifference
    from hathora_deploy.pipeline.preparation import Prepared
    from hathora_deploy.pipeline.preview import Preview
    from hathora_deploy.pipeline.verification import Verification

NOTHING_TO_DO: Final = 0
CHANGES: Final = 2
_FILES_SHOWN: Final = 20


class PlanCommand(Command):
    """Its exit code 2 says that there are changes: whatever is wrong gives 1."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with NoPlanError.instead():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with NoPlanError.instead():
            return super().invoke(ctx)


@click.command(
    cls=PlanCommand,
    examples=[
        "hathora-deploy plan ./server",
        "hathora-deploy plan ./server --from-latest --requested-cpu 2 --output json",
    ],
)
@click.argument("path", default=".", envvar="HATHORA_BUILD_FILE", type=click.Path(path_type=Path))
@with_deployment
@with_region
@with_verification
@with_rollback
@with_room
@with_target
def command(
    target: TargetSettings,
    output: Output,
    path: Path,
    room: bool | None,
    region: Region | None,
    **deployment: Any,
) -> int:
    """Show what deploying the folder PATH would change, and deploy nothing.

    Beside the latest deployment: files, the build, and every setting with who gives it. The values of
    variables are not shown. Exit code 0: nothing to do; 2: there are changes; 1: something is wrong.
    """
    from hathora_deploy.pipeline.preparation import prepare

    require_source(path)
    with reach(target, output, verbose=True) as reached:
        settings = deploy_settings(room_region=room_region(reached, room, region), **deployment)
        return show(reached, prepare(path, settings=settings), path, output)


def show(target: Target, prepared: Prepared, path: Path, output: Output) -> int:
    """Print the plan, and return its exit code."""
    from hathora_deploy.cli.progress import reporter
    from hathora_deploy.pipeline.preview import preview

    app = selection.app_if_any(target, path, output)
    with reporter(output) as progress:
        made = preview(target.cloud, prepared, reporter=progress)
    if output.is_json:
        ids = {"endpoint": target.cloud.endpoint, "appId": app.app_id if app else None}
        named = {"appName": app.app_name if app else selection.app_name(path)}
        output.json({**ids, **named, **_as_json(made)})
    else:
        for warning in made.warnings:
            progress.warning(warning)
        name = f"{app.app_name}: {app.app_id}" if app else f"{selection.app_name(path)}, new"
        for line in _lines(made, name):
            output.data(line)
    return CHANGES if made.has_changes else NOTHING_TO_DO


def _lines(made: Preview, app: str) -> Iterator[str]:
    yield f"  app       {app}"
    yield f"  latest    {_latest(made)}"
    yield f"  build     {_build(made)}"
    yield from (f"    {line}" for line in aligned(list(_file_rows(made))))
    yield "  settings"
    yield from (f"    {line}" for line in aligned(list(_setting_rows(made))))
    if made.plan.verification is not None:
        yield f"  verify    {_verification(made.plan.verification)}"
    yield ""
    yield "  a deploy would change this" if made.has_changes else "  nothing to do"


def _latest(made: Preview) -> str:
    if made.latest is None:
        return "nothing was deployed yet"
    return f"{made.latest.deployment_id}, {moment(made.latest.created_at)}"


def _build(made: Preview) -> str:
    if not made.has_new_build:
        return f"{made.build_id}, as it is: no file has changed"
    state = "there is one of this content" if made.is_reused else "new"
    if made.is_same_build:
        state = "made again"
    changed = ""
    if made.file_differences is None:
        changed = "; what has changed since the latest is not known on this machine"
    total = f"{counted(made.files, 'file')}, {size(made.context_size)}"
    return f"{made.build_id}, {state}: {total}{changed}"


def _verification(wanted: Verification) -> str:
    probes = ", ".join(map(str, wanted.probes))
    return f"{probes} in {wanted.region}, within {wanted.timeout:g} s"


def _file_rows(made: Preview) -> Iterator[tuple[str, ...]]:
    found = made.file_differences or ()
    for each in found[:_FILES_SHOWN]:
        yield SIGNS[each.change], each.path, _sizes(each)
    left = len(found) - _FILES_SHOWN
    if left > 0:
        yield "", f"and {counted(left, 'file')} more", ""


def _sizes(file: FileDifference) -> str:
    sizes = [size(count) for count in (file.before, file.after) if count is not None]
    return " → ".join(dict.fromkeys(sizes))


def _setting_rows(made: Preview) -> Iterator[tuple[str, ...]]:
    from hathora_deploy.pipeline.deployment_spec import DeploymentSpec

    after = made.plan.deployment
    before = DeploymentSpec.of(made.latest) if made.latest else None
    changes = {each.setting: each.change for each in made.differences}
    yield "", "SETTING", "LATEST", "THIS", "FROM"
    shown_before = before.shown() if before else {}
    shown = after.shown()
    for name in dict.fromkeys((*shown, *shown_before)):
        is_gone = name not in shown
        if is_gone and name not in changes:
            continue  # left to the cloud
        yield (
            SIGNS.get(changes.get(name, ""), ""),
            setting_shown(name),
            short_fleet(short_tag(shown_before.get(name, "-"))),
            "-" if is_gone else short_fleet(short_tag(shown[name])),
            "" if is_gone else _origin(made, name),
        )
    old_env, new_env = before.env if before else {}, after.env
    for name in sorted({*old_env, *new_env}):
        setting = f"env.{name}"
        states = ["set" if name in env else "-" for env in (old_env, new_env)]
        if changes.get(setting) == "changed":
            states[1] = "set, another"
        origin = _origin(made, setting) if name in new_env else ""
        yield SIGNS.get(changes.get(setting, ""), ""), f"env {name}", *states, origin


def _origin(made: Preview, name: str) -> str:
    from hathora_deploy.pipeline.inheritance import origin_of

    if name == "ports.default":
        name = "container_port"
    elif name.startswith("ports."):
        name = "additional_container_ports"
    origin = made.plan.origins[name]
    # The plan begins with its id.
    is_latest = made.latest and origin == origin_of(made.latest)
    return "latest deployment" if is_latest else origin


def _as_json(made: Preview) -> dict[str, Any]:
    return {
        "hasChanges": made.has_changes,
        "latestDeploymentId": made.latest.deployment_id if made.latest else None,
        "build": {
            "buildId": made.build_id,
            "reused": made.is_reused,
            "isNew": made.has_new_build,
            "files": made.files,
            "contextBytes": made.context_size,
        },
        "files": made.file_differences
        if made.file_differences is None
        else files_json(made.file_differences),
        "settings": differences_json(made.differences),
        "verification": verification_json(made.plan.verification),
        "origins": {setting_in_json(name): said for name, said in made.plan.origins.items()},
        "warnings": list(made.warnings),
    }
