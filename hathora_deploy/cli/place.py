"""The cloud and the app that a command line was about, for the commands that somebody types next."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

_OPTIONS: Final = ("app_id", "environment", "config", "endpoint", "local", "data_dir")
"""Those that say where; not the token, which is not to be printed."""

_OF_THE_ORGANIZATION: Final = ("apps", "builds", "tokens")
"""Commands that are the same whatever the app."""

_NEXT_COMMAND: Final = re.compile(r"(?<![\w/.-])(?=hathora-deploy )")
_WORDS: Final = re.compile(r"hathora-deploy (PATH\b|[^\s,;`]*/[^\s,;`]*|[a-z]+\b)(?: ([a-z]+)\b)?")


@dataclass(frozen=True)
class Place:
    """What was typed to say where. Variables are left out: they are still set for the next command."""

    options: Mapping[str, str] = field(default_factory=dict)
    """By parameter; that of a flag is the empty text."""
    path: str | None = None
    """The folder, if one was typed."""
    file: Path | None = None
    """The settings file, if only a command about that folder finds it."""

    @classmethod
    def of(cls, given: Mapping[str, Any], *, file: Path | None = None) -> Place:
        """Of the values of options and arguments, as they were typed."""
        typed = {name: given[name] for name in _OPTIONS if given.get(name)}
        options = {name: "" if value is True else str(value) for name, value in typed.items()}
        if "endpoint" in options and not _is_endpoint(options["endpoint"]):
            del options["endpoint"]  # perhaps a token: such an error does not show it either
        path = given.get("path")
        return cls(options, path if isinstance(path, str) else None, file)

    def completed(self, hint: str) -> str:
        """A hint whose commands are about the same cloud, app and folder, wherever it names some."""
        return "".join(map(self._completed, _NEXT_COMMAND.split(hint)))

    def _completed(self, text: str) -> str:
        match = _WORDS.match(text)
        command = _command(match[1], match[2]) if match else None
        if match is None or command is None:
            return text
        spoken = match[0] if command.name == match[2] else f"hathora-deploy {match[1]}"
        rest = text.removeprefix(spoken)
        line = f"{spoken}{self._said(command, match[1], rest)}{rest}"
        return line.replace(" PATH", f" {shlex.quote(self.path)}") if self.path else line

    def _said(self, command: click.Command, first: str, rest: str) -> str:
        takes = {parameter.name for parameter in command.params}
        options = dict(self.options)
        if self.file and "path" not in takes:
            options.setdefault("config", str(self.file))
        if first in _OF_THE_ORGANIZATION:
            options.pop("app_id", None)
        flags = {f" --{name.replace('_', '-')}": options[name] for name in options if name in takes}
        return "".join(
            f"{flag} {shlex.quote(value)}" if value else flag
            for flag, value in flags.items()
            if flag not in rest
        )


NOWHERE: Final = Place()


def _command(first: str, second: str | None) -> click.Command | None:
    """The command that two words of a hint name, if they name one; a group's is its default."""
    from hathora_deploy.cli.command import Group
    from hathora_deploy.cli.commands import root

    assert isinstance(root, Group)
    with click.Context(root) as ctx:
        is_folder = first == "PATH" or "/" in first
        command = root.get_command(ctx, root.default if is_folder else first)
        if isinstance(command, Group):
            return command.get_command(ctx, second or "") or command.get_command(
                ctx, command.default
            )
        return command


def _is_endpoint(text: str) -> bool:
    from hathora_deploy.client.endpoint import checked_endpoint
    from hathora_deploy.client.errors import EndpointError

    try:
        checked_endpoint(text)
    except EndpointError:
        return False
    return True
