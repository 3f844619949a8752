"""``hathora-deploy doctor``: what would keep a deploy from going well, and the fix of each."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from hathora_deploy.cli.command import Command, file_settings
from hathora_deploy.cli.errors import ExitCode, NoLocalCloud, SettingsError
from hathora_deploy.cli.options import TargetSettings, with_dockerfile, with_target
from hathora_deploy.cli.output import Output, has_colours
from hathora_deploy.cli.target import reach
from hathora_deploy.cli.values import Seconds
from hathora_deploy.errors import HathoraError

if TYPE_CHECKING:
    from hathora_deploy.pipeline.checks.finding import Finding

_FILE_ERROR: Final = "hathora_deploy.doctor.file_error"
_PORT_VARIABLE: Final = "HATHORA_DEPLOYMENT_CONTAINER_PORT"
_COLOURS: Final = {"ok": "green", "warning": "yellow", "problem": "red"}


class DoctorCommand(Command):
    """Goes on without hathora.toml where that is no good: to tell of it is what it is for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, list(args))
        except SettingsError as error:
            ctx.meta[_FILE_ERROR] = error
            ctx.default_map = {}
            return click.Command.parse_args(self, ctx, args)


@click.command(
    cls=DoctorCommand,
    examples=["hathora-deploy doctor ./server", "hathora-deploy doctor ./server --output json"],
)
@click.argument("path", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--timeout",
    type=Seconds(),
    default=15.0,
    show_default=True,
    help="How long the checks may take.",
)
@with_dockerfile
@with_target
@click.pass_context
def command(
    ctx: click.Context,
    target: TargetSettings,
    output: Output,
    path: Path,
    timeout: float,
    dockerfile: str | None,
) -> None:
    """Check what a deploy of the folder PATH needs, and say how to mend what is wrong.

    It changes nothing, and starts no local cloud. Exit code 1: a deploy cannot go well.
    """
    from hathora_deploy.cli.doctor_checks import Patient, checks_of
    from hathora_deploy.pipeline.checks.examination import examine
    from hathora_deploy.pipeline.checks.finding import State

    found: list[Finding] = []
    with ExitStack() as stack:
        reached, refusal = None, None
        try:
            reached = stack.enter_context(reach(target, Output(), needs_token=False, starts=False))
        except HathoraError as error:
            refusal = None if isinstance(error, NoLocalCloud) else error
        patient = Patient(
            folder=path,
            is_folder_named=ctx.get_parameter_source("path") is not ParameterSource.DEFAULT,
            dockerfile=dockerfile,
            settings=target,
            target=reached,
            refusal=refusal,
            file=file_settings(ctx),
            file_error=ctx.meta.get(_FILE_ERROR),
            port_setting=_port_setting(ctx),
        )
        for each in examine(checks_of(patient, timeout=timeout), timeout=timeout):
            finding = replace(each, fix=each.fix and output.place.completed(each.fix))
            found.append(finding)
            if not output.is_json:
                _print(finding, output)
    if output.is_json:
        output.json({"findings": [_as_json(finding) for finding in found]})
    if any(finding.state is State.PROBLEM for finding in found):
        ctx.exit(ExitCode.FAILED)


def _port_setting(ctx: click.Context) -> str | None:
    """Where the port of the server is named, if not in the Dockerfile."""
    file = file_settings(ctx)
    if os.environ.get(_PORT_VARIABLE):
        return _PORT_VARIABLE
    return str(file.path) if file and "container_port" in file.values else None


def _print(finding: Finding, output: Output) -> None:
    state = f"{finding.state.value:<8}"
    if has_colours(sys.stdout):
        state = click.style(state, fg=_COLOURS[finding.state.value])
    output.data(f"{state} {finding.about:<12} {finding.what}")
    if finding.fix:
        output.data(f"{'':<21} fix: {finding.fix}")


def _as_json(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "state": finding.state.value}
