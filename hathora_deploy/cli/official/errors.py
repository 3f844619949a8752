"""Errors as the official command line prints them, and its exit code: 1, whatever went wrong."""

from __future__ import annotations

import click

from hathora_deploy.cli.errors import Interrupted, hint_for, message_of
from hathora_deploy.cli.output import Output


def report(error: BaseException, output: Output) -> int:
    """``[ERROR]`` before each line, on stderr; returns the exit code."""
    for line in message_of(error).splitlines():
        output.say(f"{click.style('[ERROR]', fg='red')}\t{line}")
    hint = hint_for(error, output)
    if hint:
        output.say(click.style("hint: ", fg="cyan") + hint)
    return error.exit_code if isinstance(error, Interrupted) else 1
