"""Table of contents of the command line. The module of a command is imported when it is run."""

from __future__ import annotations

import difflib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy import __version__
from hathora_deploy.cli.command import Group
from hathora_deploy.cli.errors import SettingsError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS: Final = {
    "deploy": "Deploy a folder: package, upload, build, deploy, start a room.",
    "rollback": "Go back to an earlier deployment: its build, with its settings.",
    "plan": "Show what a deploy would change, and deploy nothing.",
    "promote": "Deploy what is live in one environment to another.",
    "init": "Write hathora.toml, and a Dockerfile if there is none.",
    "doctor": "Check what a deploy needs, and how to mend what is wrong.",
    "import": "Take an app over from another cloud: its id, its secret, its history.",
    "package": "Write the archive of a folder, and deploy nothing.",
    "status": "What is live, what runs in each region, what failed of late.",
    "history": "What was deployed, by whom, and what still runs of it.",
    "processes": "What runs, where, since when; start and stop it.",
    "logs": "The output of a game server, also as it comes.",
    "rooms": "Rooms: list, create, get, connect, destroy.",
    "apps": "Applications: list, create, get, delete.",
    "builds": "Builds: list, create, get, delete.",
    "deployments": "Deployments: list, latest, get.",
    "tokens": "Organization tokens: list, create, revoke.",
    "login": "Keep the token of an endpoint, for every command to find.",
    "logout": "Forget the token of an endpoint.",
    "cloud": "The local cloud: start, status, stop, serve, users, audit, backup, restore.",
    "api": "Any operation of the API, by its public name.",
}
"""Each is ``command`` in the module of its name."""

_MODULES: Final = {"import": "import_app"}
"""Of names that no module can have."""

HELP: Final = """Deploy game servers through the Hathora API.

`hathora-deploy PATH` deploys the folder PATH, as `hathora-deploy deploy PATH` does.
Without a token and an endpoint it uses the local cloud of this machine, and starts it.
"""

EXAMPLES: Final = (
    "hathora-deploy init ./server",
    "hathora-deploy ./server",
    "hathora-deploy logs --follow",
)


class Root(Group):
    """All commands, from the table. What is none of them is the folder to deploy."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        command: click.Command = import_module(f"hathora_deploy.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            args = ["--help"]
        first = args[0] if args else "-"
        if not first.startswith("-") and first not in COMMANDS:
            with SettingsError.of_path():
                is_there = not first or ctx.resilient_parsing or Path(first).exists()
            if not is_there:
                raise click.UsageError(_neither(first), ctx)
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=does)
            for name, does in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return found or [CompletionItem(incomplete, type="dir")]


def _neither(word: str) -> str:
    near = difflib.get_close_matches(word, COMMANDS, n=1)
    if near:
        return f"'{word}' is neither a command nor a folder; did you mean '{near[0]}'?"
    return f"there is no folder '{word}', and no command of that name"


def _root() -> click.Command:
    root: Any = Root(
        name="hathora-deploy",
        default="deploy",
        help=HELP,
        examples=EXAMPLES,
        subcommand_metavar="PATH | COMMAND [ARGS]...",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    version: click.Command = click.version_option(__version__, message="%(prog)s %(version)s")(root)
    return version


root: Final = _root()
