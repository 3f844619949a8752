"""Who gave the value of an option: a flag, a variable of the environment, hathora.toml."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from hathora_deploy.cli.settings_file import FileSettings


def origin(ctx: click.Context, parameter: click.Parameter, file: FileSettings | None) -> str | None:
    """For people; None where nobody did."""
    source = ctx.get_parameter_source(parameter.name or "")
    if source is ParameterSource.COMMANDLINE:
        return max(parameter.opts, key=len)
    if source is ParameterSource.ENVIRONMENT:
        names = [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or []
        return next((name for name in names if os.environ.get(name)), names[0])
    if source is ParameterSource.DEFAULT_MAP and file is not None:
        return file.origin_of(parameter.name or "")
    return None


def origins(ctx: click.Context, file: FileSettings | None) -> dict[str, str]:
    """By option of a command, for those that somebody gave."""
    found = {each.name or "": origin(ctx, each, file) for each in ctx.command.params}
    return {name: said for name, said in found.items() if said is not None}
