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

_OF_NO_APP: Final = ("apps", "builds", "tokens", "import")
"""Commands that are about the organization, or about an app of another cloud."""

_NEXT_COMMAND: Final = re.compile(r"(?<![\w/.-])(?=hathora-deploy )")
_QUOTED: Final = r"""(?:'[^']*'|"[^"]*")+"""
_WORDS: Final = re.compile(
    rf"hathora-deploy (?P<first>(?P<folder>PATH\b|{_QUOTED}|[^\s,;`]*/[^\s,;`]*)|[a-z]+\b)(?: (?P<second>[a-z]+)\b)?"
)


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
        command = _command(match) if match else None
        if match is None or command is None:
            return text
        spoken = match[0] if command.name == match["second"] else f"hathora-deploy {match['first']}"
        rest = text.removeprefix(spoken)
        if rest.startswith(" --help"):
            return text
        line = f"{spoken}{self._said(command, match['first'], rest)}{rest}"
        return line.replace(" PATH", f" {shlex.quote(self.path)}") if self.path else line

    def _said(self, command: click.Command, first: str, rest: str) -> str:
        takes = {parameter.name for parameter in command.params}
        options = dict(self.options)
        if self.file and "path" not in takes:
            options.setdefault("config", str(self.file))
        if first in _OF_NO_APP:
            options.pop("app_id", None)
        flags = {f" --{name.replace('_', '-')}": options[name] for name in options if name in takes}
        return "".join(
            f"{flag} {shlex.quote(value)}" if value else flag
            for flag, value in flags.items()
            if flag not in rest
        )


NOWHERE: Final = Place()


def _command(words: re.Match[str]) -> click.Command | None:
    """The command that the words of a hint name, if they name one; a group's is its default."""
    from hathora_deploy.cli.command import Group
    from hathora_deploy.cli.commands import root

    assert isinstance(root, Group)
    with click.Context(root) as ctx:
        command = root.get_command(ctx, root.default if words["folder"] else words["first"])
        if isinstance(command, Group):
            return command.get_command(ctx, words["second"] or "") or command.get_command(
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
