"""What a command is about to change, shown and agreed to before it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from hathora_deploy.cli.errors import ExitCode, SettingsError
from hathora_deploy.cli.options import option
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.text import moment, short_tag

if TYPE_CHECKING:
    from hathora_deploy.api.deployments import DeploymentV3

with_yes: Final = option("--yes", "-y", is_flag=True, help="Do not ask; for scripts.")
"""The command gets ``yes``."""


def agree(question: str, output: Output, *, yes: bool, unasked: str) -> None:
    """Ask, on a terminal. A no ends the command.

    Raises SettingsError, with what to type for it to go on ``unasked``, where there is nobody to ask.
    """
    if yes:
        return
    if not (sys.stdin and sys.stdin.isatty()):
        raise SettingsError("nobody can be asked, for stdin is no terminal", hint=unasked)
    if not click.confirm(question, err=True):
        output.say("nothing was changed")
        raise click.exceptions.Exit(ExitCode.FAILED)


def facts(deployment: DeploymentV3) -> str:
    """One deployment on a line: ``dep-…, tagged 0f65536, 2 h ago, …``."""
    tag = deployment.deployment_tag
    tagged = f", tagged {short_tag(tag)}" if tag else ""
    return f"{deployment.deployment_id}{tagged}, {moment(deployment.created_at)}"
