"""The options of a cloud's settings: one for each that it declares."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from hathora_deploy.cli.options import Function, option, with_data_dir
from hathora_deploy.cli.target import cloud_folder
from hathora_deploy.cloud.setting_options import SettingOption, setting_options
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic only in the newest click


_PASSWORD: Final = re.compile(r"://[^/@]*:[^@]*@|[?&]password=")
"""Where one stands in a URL."""


def with_cloud_settings(function: Function) -> Function:
    """The command gets ``settings``, a CloudSettings."""

    @functools.wraps(function)
    def command(data_dir: Path | None, **options: Any) -> None:
        folder = cloud_folder(data_dir)
        names = {each.name for each in setting_options()}
        # What nobody has chosen is left to the declaration.
        given = {name: options.pop(name) for name in names & options.keys()}
        chosen = {name: value for name, value in given.items() if value is not None}
        _keep_from_process_list(chosen)
        function(settings=CloudSettings(data_dir=folder, **chosen), **options)

    decorated: Function = command
    for each in reversed(setting_options()):
        decorated = _option(each)(decorated)
    return with_data_dir(decorated)


def _keep_from_process_list(chosen: Mapping[str, Any]) -> None:
    """Refuse a password that was typed as an option: everybody on the machine can see it there."""
    ctx = click.get_current_context()
    for setting in setting_options():
        value = chosen.get(setting.name)
        is_typed = ctx.get_parameter_source(setting.name) is ParameterSource.COMMANDLINE
        if is_typed and isinstance(value, Secret) and _PASSWORD.search(value.reveal()):
            raise click.UsageError(
                f"{setting.flag}: a password here is seen by whoever lists processes: "
                f"give the URL by {setting.variable}, or keep the password in ~/.pgpass"
            )


def _option(setting: SettingOption) -> Any:
    named = setting.default not in (None, False)
    shown = f"  [default: {setting.render(setting.default)}]" if named else ""
    if setting.kind is bool:
        return option(
            setting.flag,
            is_flag=True,
            default=None,
            envvar=setting.variable,
            help=setting.option.help,
        )
    one = _SettingText(setting)

    def together(ctx: click.Context, parameter: click.Parameter, texts: Sequence[str]) -> Any:
        return one.convert(",".join(texts), parameter, ctx) if texts else None

    is_list = setting.option.is_list
    return option(
        setting.flag,
        type=_Listed() if is_list else one,
        multiple=is_list,
        callback=together if is_list else None,
        metavar=setting.option.metavar or "|".join(setting.choices) or None,
        envvar=setting.variable,
        help=setting.option.help + shown,
    )


class _Listed(ParamType):
    """A text, of which a variable holds several."""

    name = "text"
    envvar_list_splitter = ","


class _SettingText(ParamType):
    """A text that the setting's own declaration reads."""

    def __init__(self, setting: SettingOption) -> None:
        self._setting = setting
        self.name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._setting.parse(value)
        except ValueError as error:
            self.fail(f"it {error}", param, ctx)
