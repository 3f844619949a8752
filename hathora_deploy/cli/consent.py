"""What a command is about to change, shown and agreed to before it does."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli.command import typed
from hathora_deploy.cli.errors import ExitCode, SettingsError
from hathora_deploy.cli.options import option
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.text import aligned, moment, short_tag

if TYPE_CHECKING:
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.pipeline.difference import Difference

SIGNS: Final = {"added": "+", "changed": "~", "removed": "-"}

with_yes: Final = option("--yes", "-y", is_flag=True, help="Do not ask; for scripts.")
"""The command gets ``yes``."""
_PLACE: Final = ("app_id", "endpoint", "local", "data_dir", "config", "environment")
"""The parameters that say where; not the token, which is not to be printed."""


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


def rollback_to(deployment_id: str) -> str:
    """The rollback to type that is about the app and the cloud of this command."""
    given = typed(click.get_current_context())
    words = ["hathora-deploy", "rollback", deployment_id]
    for name in _PLACE:
        value = given.get(name)
        if value is not None:
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return shlex.join(words)


def facts(deployment: DeploymentV3) -> str:
    """One deployment on a line: ``dep-…, tagged 0f65536, 2 h ago, …``."""
    tag = deployment.deployment_tag
    tagged = f", tagged {short_tag(tag)}" if tag else ""
    return f"{deployment.deployment_id}{tagged}, {moment(deployment.created_at)}"


def change_lines(
    old_build: str | None, new_build: str, differences: Iterable[Difference]
) -> Iterator[str]:
    """The build and each setting that changes; of variables the names alone."""
    rows: list[tuple[str, str, str]] = []
    if old_build != new_build:
        rows.append(("~" if old_build else "+", "build", _values(old_build, new_build)))
    rows += [
        (SIGNS[each.change], each.setting.replace("_", "-"), _values(each.before, each.after))
        for each in differences
    ]
    yield from (f"    {line}" for line in aligned(rows))


def _values(before: str | None, after: str | None) -> str:
    return " → ".join(short_tag(value) for value in (before, after) if value is not None)


def differences_json(differences: Iterable[Difference]) -> list[dict[str, Any]]:
    """For programs; variables have no values."""
    return [
        {
            "setting": each.setting,
            "change": str(each.change),
            "before": each.before,
            "after": each.after,
        }
        for each in differences
    ]
