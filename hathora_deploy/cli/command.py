"""The two kinds of command: one that does something, and a group of them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.origins import origin
from hathora_deploy.cli.output import Output, written
from hathora_deploy.cli.place import Place

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from hathora_deploy.cli.settings_file import FileSettings

_FILE: Final = "hathora_deploy.file"
"""Where the context keeps what hathora.toml says."""

_BEGUN: Final = "hathora_deploy.begun"
"""Where it keeps what stands on a command line that is not typed to its end."""


def begun(ctx: click.Context) -> Mapping[str, Any]:
    """By parameter, what stands before the word that a shell asks about."""
    found: Mapping[str, Any] = ctx.meta.get(_BEGUN, {})
    return found


def file_settings(ctx: click.Context) -> FileSettings | None:
    """What hathora.toml says, if there is one."""
    found: FileSettings | None = ctx.meta.get(_FILE)
    return found


class Command(click.Command):
    """A command whose options may also stand in hathora.toml.

    Its help ends with ``examples``: lines for a shell, which ``tests/cli/test_examples.py`` runs.
    """

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(self.examples, formatter)
        super().format_epilog(ctx, formatter)

    def given(self, ctx: click.Context, args: Sequence[str]) -> Mapping[str, Any]:
        """By parameter, the words of a command line, before they are converted."""
        try:
            found: Mapping[str, Any] = self.make_parser(ctx).parse_args(list(args))[0]
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # which says whose help to ask for
            raise
        return found

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = self.given(ctx, args)
        help_option = self.get_help_option(ctx)
        if ctx.resilient_parsing:
            ctx.meta[_BEGUN] = given
        if ctx.resilient_parsing or (help_option and given.get(help_option.name or "")):
            with written():  # a help
                return super().parse_args(ctx, args)

        from hathora_deploy.cli import settings_file

        # Before anything can fail: an error too is printed the way that was asked for.
        output = ctx.ensure_object(Output)
        output.is_json = self._given(ctx, given, "output") == "json"
        output.place = Place.of(given)
        if given.get("path") == "":
            # For click it is the working folder; more likely a variable of a script is not set.
            raise click.UsageError("the folder's name is empty", ctx)
        config, environment = (self._given(ctx, given, name) for name in ("config", "environment"))
        path = settings_file.named(config, self._given(ctx, given, "path"))
        if path:
            if not config and path != settings_file.find(None):
                output.place = replace(output.place, file=path)
            ctx.meta[_FILE] = file = settings_file.read(path, environment=environment)
            ctx.default_map = dict(file.values)
        elif environment:
            raise SettingsError(
                f"there is no {settings_file.NAME} that could say what the environment"
                f" {environment} is",
                hint="check the folder and --config, or begin with: hathora-deploy init",
            )
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as error:
            place = _place(ctx, error.param)
            if place is None:
                raise
            raise SettingsError(
                f"{place}: {error.message.rstrip('.')}", hint=f"{ctx.command_path} --help"
            ) from None

    def _given(self, ctx: click.Context, given: Mapping[str, Any], name: str) -> str | None:
        """What the command line, or else the environment, says, before anything is converted."""
        parameter = next((known for known in self.params if known.name == name), None)
        if parameter is None:
            return None
        value = given.get(name)
        return value if isinstance(value, str) else parameter.resolve_envvar_value(ctx)


def _place(ctx: click.Context, parameter: click.Parameter | None) -> str | None:
    """Where a value that is no good was written, unless it was on the command line."""
    if parameter is None or parameter.name is None:
        return None
    source, file = ctx.get_parameter_source(parameter.name), file_settings(ctx)
    if source is ParameterSource.DEFAULT_MAP and file is not None:
        return file.place_of(parameter.name)
    return origin(ctx, parameter, file) if source is ParameterSource.ENVIRONMENT else None


def _is_of_another(word: str, own: set[str]) -> bool:
    return word.startswith("-") and word not in own


def _write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples"):
            for line in examples:
                # To be copied: a line that is long is not wrapped.
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Group(click.Group):
    """Commands, one of which is meant when none is named: its examples are the group's, too."""

    command_class = Command

    def __init__(
        self, *args: Any, default: str = "list", examples: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.default = default
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        meant = None if self.examples else self.get_command(ctx, self.default)
        _write_examples(meant.examples if isinstance(meant, Command) else self.examples, formatter)
        super().format_epilog(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {name for option in self.get_params(ctx) for name in option.opts}
        # Where a shell asks what may follow, no word may still become one of the commands.
        is_default = not ctx.resilient_parsing if not args else _is_of_another(args[0], own)
        with written():  # a help, or the version
            return super().parse_args(ctx, [self.default, *args] if is_default else args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        found = super().shell_complete(ctx, incomplete)
        default = self.get_command(ctx, self.default) if incomplete.startswith("-") else None
        if default is not None:
            known = {item.value for item in found}
            with click.Context(default, parent=ctx, resilient_parsing=True) as inner:
                options = default.shell_complete(inner, incomplete)
            found += [item for item in options if item.value not in known]
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args[0] not in known and not ctx.resilient_parsing:
            near = difflib.get_close_matches(args[0], known, n=1)
            rest = f"; did you mean '{near[0]}'?" if near else f": {', '.join(known)}"
            raise click.UsageError(f"'{args[0]}' is none of the commands{rest}", ctx)
        return super().resolve_command(ctx, args)
