"""The variables of the game server: from hathora.toml, the environment, files and flags. None is shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from hathora_deploy.cli.settings_file import FileSettings

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic only in the newest click

ENV_VARIABLE: Final = "HATHORA_DEPLOYMENT_ENV"
_MOST: Final = 4 << 20
"""Characters of a file: far more than a deployment may have, and less than fills the memory."""
Source = tuple[str, Mapping[str, Secret]]
"""Who gives variables, for people, and the variables."""


class Variable(ParamType):
    """``NAME=VALUE``; the value is all that follows the first ``=``."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, Secret]:
        if isinstance(value, tuple):
            return value
        return _pair(str(value)) or self.fail("a variable is written NAME=VALUE", param, ctx)


class EnvFile(ParamType):
    """A file of variables, as dotenv writes them: quotes hold spaces, ``#`` and new lines together."""

    name = "FILE"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        return [path for path in rv.split(os.pathsep) if path]

    def convert(self, value: Any, param: Any, ctx: Any) -> Source:
        if isinstance(value, tuple):
            return value
        from dotenv.parser import parse_stream

        path = Path(value)
        try:
            with path.open(encoding="utf-8-sig") as file:
                text = file.read(_MOST + 1)
        except OSError as error:
            self.fail(f"{path} cannot be read: {error.strerror}", param, ctx)
        except UnicodeDecodeError:
            self.fail(f"{path} is not UTF-8 text", param, ctx)
        if len(text) > _MOST:
            self.fail(f"{path} is longer than {_MOST:,} characters", param, ctx)
        variables: dict[str, Secret] = {}
        for each in parse_stream(StringIO(text)):
            if each.error or (each.key is not None and each.value is None):
                self.fail(f"{path}:{each.original.line} is not NAME=VALUE", param, ctx)
            if each.key is not None and each.value is not None:
                variables[each.key] = Secret(each.value)
        return str(path), variables


def sources(
    *,
    file: FileSettings | None,
    env_files: Sequence[Source],
    flags: Sequence[tuple[str, Secret]],
) -> list[Source]:
    """All that give variables, the weakest first. Raises SettingsError.

    ENV_VARIABLE holds one NAME=VALUE a line: commas and quotes belong to the values.
    """
    found: list[Source] = []
    for name, text in (file.env if file else {}).items():
        found.append((file.origin_of(f"env.{name}") if file else "", {name: Secret(text)}))
    found.append((ENV_VARIABLE, _of_lines(os.environ.get(ENV_VARIABLE, ""))))
    return [*found, *env_files, ("--env", dict(flags))]


def merged(given: Sequence[Source]) -> tuple[dict[str, Secret], dict[str, str]]:
    """By name: the last value that is given, and who gives it."""
    values: dict[str, Secret] = {}
    origins: dict[str, str] = {}
    for origin, variables in given:
        values.update(variables)
        origins.update(dict.fromkeys(variables, origin))
    return values, origins


def _of_lines(text: str) -> dict[str, Secret]:
    variables: dict[str, Secret] = {}
    for line in filter(None, map(str.strip, re.split(r"[\r\n]", text))):
        pair = _pair(line)
        if pair is None:
            raise SettingsError(
                f"{ENV_VARIABLE} has a line that is not NAME=VALUE",
                hint="write one NAME=VALUE a line; --env-file takes values of several lines",
            )
        variables |= [pair]
    return variables


def _pair(text: str) -> tuple[str, Secret] | None:
    name, equals, value = text.partition("=")
    return (name, Secret(value)) if name and equals else None
