"""The program ``hathora``: a command line comes in, an exit code goes out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import click

from hathora_deploy import __version__
from hathora_deploy.cli.boundary import guarded
from hathora_deploy.cli.official.arguments import normalized
from hathora_deploy.cli.official.command import Command
from hathora_deploy.cli.official.commands import COMMANDS, GROUPS
from hathora_deploy.cli.official.errors import report
from hathora_deploy.cli.official.flags import FLAGS

HELP: Final = """Builds and deployments of game servers through the Hathora API.

The commands, flags, variables and files of Hathora's own command line. hathora-deploy has more of them.
"""


class Group(click.Group):
    """Commands, which may go by a second name. Who names none is helped."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        aliases = {
            each.entry.alias: name
            for name, each in self.commands.items()
            if isinstance(each, Command)
        }
        return super().get_command(ctx, aliases.get(cmd_name, cmd_name))


def run(words: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    main = partial(root.main, normalized(words, FLAGS), prog_name="hathora", standalone_mode=False)
    return guarded(main, report=report)


def _root() -> click.Group:
    top = Group(
        "hathora",
        help=HELP,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    for name, does in GROUPS.items():
        top.add_command(Group(name, help=does))
    for path, entry in COMMANDS.items():
        *above, name = path.split()
        group: Any = top.commands[above[0]] if above else top
        group.add_command(Command(path, entry), name)
    message = f"%(prog)s version {__version__} (hathora-deploy)"
    version: click.Group = click.version_option(__version__, message=message)(top)
    return version


root: Final = _root()
