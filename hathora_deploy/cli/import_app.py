"""``hathora-deploy import``: an app moves here from another cloud, or from what was saved of it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Command
from hathora_deploy.cli.errors import SettingsError, hint_of
from hathora_deploy.cli.files import write_file
from hathora_deploy.cli.options import (
    TargetSettings,
    option,
    with_config,
    with_data_dir,
    with_endpoint,
    with_output,
)
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import reach, require_url
from hathora_deploy.cli.text import counted
from hathora_deploy.cli.values import SecretText
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.pipeline_service import pipeline_mark
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from hathora_deploy.api.imports import AppExport, ImportedApp


@click.command(
    cls=Command,
    examples=[
        "hathora-deploy import --from https://cloud.example.com --app-id arena --save arena.json --save-only",
        "hathora-deploy import saved.json",
    ],
)
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@option("--from", "source", metavar="URL", help="The cloud that has the app.")
@option("--app-id", "-a", envvar="HATHORA_APP_ID", help="The app, by its id or name.")
@option(
    "--token",
    "-t",
    type=SecretText(),
    envvar="HATHORA_TOKEN",
    help="Token of --endpoint; without one, of --from.",
)
@option(
    "--from-token",
    type=SecretText(),
    envvar="HATHORA_FROM_TOKEN",
    help="Token of --from, where --endpoint has another.",
)
@with_endpoint
@option("--local", is_flag=True, help="Import into the local cloud, whatever else is set.")
@with_data_dir
@option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save what was found, too. It holds secrets: nobody else may read the file.",
)
@option("--save-only", is_flag=True, help="Import nothing, and write no hathora.toml.")
@option("--overwrite", is_flag=True, help="Replace a hathora.toml that is there.")
@with_config
@with_output
def command(
    output: Output,
    files: Sequence[Path],
    source: str | None,
    app_id: str | None,
    token: Secret | None,
    from_token: Secret | None,
    endpoint: str | None,
    local: bool,
    data_dir: Path | None,
    save: Path | None,
    save_only: bool,
    overwrite: bool,
) -> None:
    """Take an app over from another cloud, or from FILES in which its JSON was saved.

    It is imported into the local cloud, or into that of --endpoint. There it has its id, its secret
    and its deployments again: game clients need a new base URL, and nothing else. Builds come
    without their files, so no room can be started before the first deploy.

    hathora.toml gets the settings of the latest deployment. The values of its variables may be
    secrets: they go into the cloud, and into the file of --save.
    """
    _check(files=files, source=source, save=save, save_only=save_only)
    into = TargetSettings(token, None if local or save_only else endpoint, None, local, data_dir)
    if into.endpoint is None:  # then there is one cloud that a token can be of
        from_token, into = from_token or token, replace(into, token=None)
    if not save_only:
        _refuse_surprise(into)
    from hathora_deploy.cli.export_lines import export_lines

    export = _found(files, source, from_token, app_id, into, output)
    for line in export_lines(export, source or ", ".join(map(str, files))):
        output.say(f"  {line}")
    if save is not None:
        _save(export, save, output)
    try:
        done = None if save_only else _import(export, into, overwrite=overwrite, output=output)
    except HathoraError as error:
        if save is not None:  # it stays: the cloud that it is from may be gone tomorrow
            error.hint = f"{hint_of(error)}; then go on with what is saved: {_again(save, into)}"
        raise
    if output.is_json:
        output.json(_as_json(export, save, done))


@dataclass(frozen=True)
class _Done:
    imported: ImportedApp
    endpoint: str
    settings_file: Path | None
    """None where one was there, and stays."""


def _check(
    *, files: Sequence[Path], source: str | None, save: Path | None, save_only: bool
) -> None:
    """Raises UsageError, SettingsError."""
    ctx = click.get_current_context()
    if bool(files) == bool(source):
        raise click.UsageError("name the cloud by --from URL, or files with what was saved", ctx)
    if save_only and save is None:
        raise click.UsageError("--save-only needs --save FILE", ctx)
    if source is not None:
        require_url(source)


def _refuse_surprise(into: TargetSettings) -> None:
    """Raises SettingsError where a cloud of a pipeline's own machine would be one."""
    mark = pipeline_mark(os.environ)
    if mark and not into.local and into.endpoint is None:
        raise SettingsError(
            f"no --endpoint says which cloud to import into, and in a pipeline ({mark} is set) "
            "no local cloud is started unasked",
            hint="set HATHORA_CLOUD_ENDPOINT, or pass --local",
        )


def _found(
    files: Sequence[Path],
    source: str | None,
    token: Secret | None,
    app: str | None,
    into: TargetSettings,
    output: Output,
) -> AppExport:
    from hathora_deploy.client.endpoint import canonical_endpoint
    from hathora_deploy.client.errors import TransportError
    from hathora_deploy.pipeline.app_export import load_export, read_export

    if source is None:
        return load_export(files, app=app)
    if into.endpoint is not None:
        require_url(into.endpoint)
        if canonical_endpoint(source) == canonical_endpoint(into.endpoint):
            raise SettingsError(
                f"the app is at {source} already", hint="name another --endpoint, or pass --local"
            )
    there = TargetSettings(token, source, app, False, into.data_dir)
    try:
        with reach(there, output) as reached:
            found = selection.the_app(reached, output)
            return read_export(reached.cloud, found.app_id)
    except TransportError as error:
        error.hint = "what was saved of it can be imported: hathora-deploy import app.json"
        raise
    except SettingsError as error:
        if token is None:
            variable = "HATHORA_TOKEN" if into.endpoint is None else "HATHORA_FROM_TOKEN"
            error.hint = f"set {variable}, or: hathora-deploy login --endpoint {source}"
        raise


def _import(export: AppExport, into: TargetSettings, *, overwrite: bool, output: Output) -> _Done:
    from hathora_deploy.api.errors import NotFound, NotServed, UnexpectedAnswer
    from hathora_deploy.cli import settings_file
    from hathora_deploy.cli.imported_settings import settings_text

    settings = into if into.endpoint is not None else replace(into, local=True)
    with reach(settings, output, verbose=True) as reached:
        endpoint, is_local = reached.cloud.endpoint, reached.is_local
        try:
            imported = reached.cloud.imports_v1.import_app(
                application=export.application, deployments=export.deployments, builds=export.builds
            )
        except (NotFound, NotServed, UnexpectedAnswer) as error:
            error.hint = (
                f"only a cloud of this program takes imports: is {endpoint} one, and as new?"
            )
            raise
    name = f"{imported.application.app_name} ({imported.application.app_id})"
    if imported.is_new:
        output.say(f"  imported  {name}: {counted(imported.deployments, 'deployment')}")
        if imported.application.service_config != export.application.service_config:
            output.say("  changed   the processes that it keeps, to what this cloud can run")
    else:
        output.say(f"  unchanged {name}: it is here already")
    text = settings_text(export, endpoint=None if is_local else endpoint)
    file = Path(settings_file.NAME)
    is_written = write_file(file, text, overwrite=overwrite)
    output.say(
        f"  wrote     {file}"
        if is_written
        else f"  kept      {file} as it is: --overwrite replaces it"
    )
    output.say(f"  clients   take {endpoint} as their base URL, and nothing else changes for them")
    if imported.is_new:
        output.say("  next      hathora-deploy PATH --from-latest: before that, no room can start")
    return _Done(imported, endpoint, file if is_written else None)


def _save(export: AppExport, file: Path, output: Output) -> None:
    """Raises SettingsError where the file cannot be written, or is there."""
    if not write_file(file, export.model_dump_json(indent=2) + "\n", mode=0o600):
        raise SettingsError(
            f"there is a file {file} already",
            hint=f"name another; or import it: hathora-deploy import {shlex.quote(str(file))}",
        )
    output.say(f"  saved     {file}, which holds secrets: only you can read it")


def _again(saved: Path, into: TargetSettings) -> str:
    """The command that imports what was saved to where it was to go."""
    words = ["hathora-deploy", "import", str(saved)]
    if into.endpoint is not None:
        words += ["--endpoint", into.endpoint]
    if into.local:
        words += ["--local"]
    if into.data_dir is not None:
        words += ["--data-dir", str(into.data_dir)]
    return shlex.join(words)


def _as_json(export: AppExport, saved: Path | None, done: _Done | None) -> dict[str, object]:
    app = export.application
    return {
        "appId": app.app_id,
        "appName": app.app_name,
        "deployments": len(export.deployments),
        "builds": len(export.builds),
        "latestDeploymentId": export.deployments[0].deployment_id if export.deployments else None,
        "saved": str(saved) if saved else None,
        "endpoint": done.endpoint if done else None,
        "isNew": done.imported.is_new if done else None,
        "settingsFile": str(done.settings_file) if done and done.settings_file else None,
    }
