"""The process boundary: what an error prints, and the exit code it gives.

SettingsError       a flag, a variable or a value of hathora.toml is wrong or missing
NoPlanError         it cannot be told what a deploy would do
SelectionError      what the command is about cannot be told: no such app, or several
OutputError         stdout takes no more: the disk is full
KeyringError        the system keyring is there, and did not do what it was asked
NoLocalCloud        the local cloud does not run, and is not to be started
Interrupted         Ctrl-C, or the signal of whoever stops a pipeline; no HathoraError
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import click

from hathora_deploy.cli.next_steps import next_step
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.errors import (
    BuildFailedError,
    PlanError,
    StartFailedError,
    VerifyFailedError,
)

if TYPE_CHECKING:
    from hathora_deploy.cli.output import Output


class SettingsError(HathoraError):
    """A flag, a variable or a value of hathora.toml is wrong or missing."""

    @classmethod
    @contextmanager
    def of_path(cls) -> Iterator[None]:
        """Raise it in the place of what says that nobody can look at a path."""
        try:
            yield
        except OSError as error:
            # Of a working folder that is gone Python knows no name.
            place = f"'{error.filename}'" if error.filename else "the working folder"
            raise cls(
                f"{place} cannot be looked at: {error.strerror}",
                hint="check how the path is written, and that you may read what is there",
            ) from None


class SelectionError(HathoraError):
    """The app, organization or process that a command is about cannot be told."""


class KeyringError(HathoraError):
    """The system keyring is there, and did not do what it was asked."""

    hint = "unlock the keyring and try again"


class NoLocalCloud(HathoraError):
    """The local cloud does not run, and a command that only looks does not start it."""


class NoPlanError(HathoraError):
    """It cannot be told what a deploy would do; ``reason`` is why."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(message_of(reason), hint=hint_of(reason))
        self.reason = reason

    @classmethod
    @contextmanager
    def instead(cls) -> Iterator[None]:
        """Raise it in the place of errors whose exit code would say that there are changes."""
        try:
            yield
        except (HathoraError, click.UsageError) as error:
            if exit_code(error) != ExitCode.USAGE:
                raise
            raise cls(error) from None


class OutputError(HathoraError):
    """What a command has done or found cannot be told."""

    hint = "see that the disk has room; what the command does has been done"


class Interrupted(KeyboardInterrupt):
    """Somebody asked this process to end."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__()
        self.number = number
        self.exit_code = 128 + number


class ExitCode(IntEnum):
    """What scripts can tell apart. 128 + n is the signal n: 130 for Ctrl-C, 143 for SIGTERM."""

    OK = 0
    FAILED = 1
    USAGE = 2
    BUILD_FAILED = 3
    START_FAILED = 4
    VERIFY_FAILED = 5


EXIT_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (BuildFailedError, ExitCode.BUILD_FAILED),
    (StartFailedError, ExitCode.START_FAILED),
    (VerifyFailedError, ExitCode.VERIFY_FAILED),
    (click.UsageError, ExitCode.USAGE),
    (SettingsError, ExitCode.USAGE),
    (PlanError, ExitCode.USAGE),
)
"""The first class that fits decides; any other error is FAILED."""


def exit_code(error: BaseException) -> int:
    """The exit code that an error gives."""
    if isinstance(error, Interrupted):
        return error.exit_code
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), ExitCode.FAILED)


def report(error: BaseException, output: Output) -> int:
    """Print an error for people on stderr, and for programs on stdout; return its exit code."""
    code = exit_code(error)
    message, hint = message_of(error), hint_for(error, output)
    # To be interrupted is what was asked for, and no error to the one who asked.
    mark = "" if isinstance(error, Interrupted) else click.style("error: ", fg="red", bold=True)
    output.say(mark + message)
    if hint:
        output.say(click.style("hint: ", fg="cyan") + hint)
    if output.is_json:
        with suppress(OSError, OutputError):  # whoever read stdout may have gone
            output.json(error_json(error, hint))
    return int(code)


def error_json(error: BaseException, hint: str) -> dict[str, Any]:
    """For programs."""
    facts = {
        "type": type(error.reason if isinstance(error, NoPlanError) else error).__name__,
        "message": message_of(error),
        "hint": hint or None,
        "exitCode": int(exit_code(error)),
        # A deploy that failed late has left these behind.
        "buildId": getattr(error, "build_id", None),
        "deploymentId": getattr(error, "deployment_id", None),
        "processId": getattr(error, "process_id", None),
        "hook": getattr(error, "hook", None),
        "files": getattr(error, "files", None),
        "rolledBackTo": getattr(error, "rolled_back_to", None),
        "liveDeploymentId": getattr(error, "live_deployment_id", None),
    }
    return {"error": {name: fact for name, fact in facts.items() if fact is not None}}


def message_of(error: BaseException) -> str:
    """What went wrong, for people."""
    if isinstance(error, Interrupted):
        return "interrupted"
    if isinstance(error, click.ClickException):
        text = error.format_message()
        return text[:1].lower() + text[1:].rstrip(".")
    return str(error)


def hint_for(error: BaseException, output: Output) -> str:
    """Its hint, whose commands are about what the command was about; empty if it has none."""
    return output.place.completed(hint_of(error) or "")


def hint_of(error: BaseException) -> str | None:
    """What to do or to type next."""
    if isinstance(error, HathoraError):
        return error.hint or next_step(error)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{error.ctx.command_path} --help"
    return None
