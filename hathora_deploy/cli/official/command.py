"""A command of ``hathora``: reads its flags, the variables and the file, and prints its result."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from hathora_deploy.cli import command
from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.official.commands import Entry
from hathora_deploy.cli.official.flags import FLAGS, GLOBAL
from hathora_deploy.cli.official.output import Format
from hathora_deploy.cli.options import target_settings
from hathora_deploy.cli.origins import origin
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.place import Place


class Command(command.Command):
    """Its parameters are the flags of its entry, and those that all commands have."""

    def __init__(self, path: str, entry: Entry) -> None:
        flags = [FLAGS[name] for name in entry.flags]
        super().__init__(
            path.split()[-1],
            help=entry.does,
            params=[flag.option() for flag in (*flags, *GLOBAL)],
            callback=self._run,
            examples=entry.examples,
            context_settings={"allow_extra_args": True},  # they are refused below
        )
        self.path = path
        self.entry = entry

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = self.given(ctx, args)
        if ctx.resilient_parsing or given.get("help"):
            return click.Command.parse_args(self, ctx, args)
        places = _read_file(ctx, given.get("config"))
        try:
            rest = click.Command.parse_args(self, ctx, args)
        except click.BadParameter as error:
            place = _place(ctx, error.param, places)
            if place is None:
                raise
            raise SettingsError(
                f"{place}: {error.message.rstrip('.')}", hint=f"{ctx.command_path} --help"
            ) from None
        if ctx.args:
            raise _unexpected(ctx, has_file="file" in self.entry.flags)
        missing = [name for name in self.entry.needs if not ctx.params[FLAGS[name].parameter]]
        if missing:
            raise not_set(missing, ctx)
        told = (ParameterSource.COMMANDLINE, ParameterSource.DEFAULT_MAP)
        # hathora-deploy, which hints name, does not read that file.
        ctx.ensure_object(Output).place = Place.of(
            {
                name: value
                for name, value in ctx.params.items()
                if name != "config" and ctx.get_parameter_source(name) in told
            }
        )
        return rest

    def _run(
        self,
        output: str,
        pretty: bool,
        verbose: tuple[bool, ...],
        verbosity: int,
        config: str | None,
        token: Any,
        endpoint: str | None,
        app_id: str | None,
        local: bool,
        data_dir: str | None,
        call_timeout: float,
        **given: Any,
    ) -> None:
        from hathora_deploy.cli.official.session import Session
        from hathora_deploy.client import debug

        kind = self.entry.kind
        form = Format.named(output, kind, is_pretty=pretty) if kind else None
        if verbosity > 0 or any(verbose):
            debug.switch_on()
        target = target_settings(
            token=token,
            endpoint=endpoint or None,
            app_id=app_id or None,
            local=local,
            data_dir=Path(data_dir) if data_dir else None,
            call_timeout=call_timeout,
        )
        session = Session(target, click.get_current_context().ensure_object(Output))
        # A script passes the empty text where a variable of it is not set.
        values = {name: None if value == "" else value for name, value in given.items()}
        result = self._function()(session, **values)
        if form and kind:
            form.write(result, kind, session.output)

    def _function(self) -> Any:
        words = self.path.split()
        module = import_module(f"hathora_deploy.cli.official.{words[0]}")
        return getattr(module, (self.entry.alias or words[-1]).replace("-", "_"))


def _unexpected(ctx: click.Context, *, has_file: bool) -> SettingsError:
    """The error about words that belong to no flag; hathora-deploy takes the folder as such a word."""
    words = shlex.join(ctx.args)
    by_flag = f"a folder is named by a flag: {ctx.command_path} --file {shlex.quote(ctx.args[0])}"
    return SettingsError(
        f"got unexpected extra {'arguments' if len(ctx.args) > 1 else 'argument'} ({words})",
        hint=by_flag if has_file else f"{ctx.command_path} --help",
    )


def not_set(names: Sequence[str], ctx: click.Context) -> click.UsageError:
    """The error about flags that have to be given, a line each."""
    return click.UsageError("\n".join(f'required flag "{name}" is not set' for name in names), ctx)


def _read_file(ctx: click.Context, name: str | None) -> Mapping[str, str]:
    """Gives the context what the file says, if one is named; where each value of it stands."""
    if not name:
        return {}
    from hathora_deploy.cli.official import config

    found = config.read(Path(name))
    for warning in found.warnings:
        ctx.ensure_object(Output).say(f"warning: {warning}")
    ctx.default_map = found.values
    return found.places


def _place(
    ctx: click.Context, parameter: click.Parameter | None, places: Mapping[str, str]
) -> str | None:
    """Where a value that is no good was written, unless it was on the command line."""
    if parameter is None or parameter.name is None:
        return None
    source = ctx.get_parameter_source(parameter.name)
    if source is ParameterSource.DEFAULT_MAP:
        return places.get(parameter.name)
    return origin(ctx, parameter, None) if source is ParameterSource.ENVIRONMENT else None
