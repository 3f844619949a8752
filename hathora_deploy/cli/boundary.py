"""The process boundary: a command line comes in, an exit code goes out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, TextIO

import click

from hathora_deploy.cli.commands import root
from hathora_deploy.cli.errors import Interrupted, report
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.signals import interruptible
from hathora_deploy.errors import HathoraError

COMPLETION: Final = "_HATHORA_DEPLOY_COMPLETE"
"""Is set where a shell asks what may follow, and nobody runs a command."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    if COMPLETION in os.environ:
        from hathora_deploy.cli import completion

        completion.install()
    return guarded(
        partial(root.main, list(arguments), prog_name="hathora-deploy", standalone_mode=False),
        report=report,
    )


def guarded(
    main: Callable[..., object],
    *,
    report: Callable[[BaseException, Output], int],
    output: Output | None = None,
) -> int:
    """Run a program of click's, whose errors ``report`` prints and gives an exit code.

    What is no HathoraError is a defect, and keeps its traceback.
    """
    # Python has none where whoever started this has closed it.
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding lacks is no reason to fail.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # both are TextIOWrapper
    try:
        return _exit_code(main, report, output or Output())
    finally:
        for stream in (sys.stdout, sys.stderr):
            _let_go(stream)


def _exit_code(
    main: Callable[..., object], report: Callable[[BaseException, Output], int], output: Output
) -> int:
    try:
        with interruptible():
            status = main(obj=output)
    except Interrupted as error:  # click has ended the line of its ^C
        return report(error, output)
    except click.Abort:  # of a question that was not answered
        return report(Interrupted(), output)
    except (click.ClickException, HathoraError) as error:
        return report(error, output)
    return status if isinstance(status, int) else 0


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _let_go(stream: TextIO) -> None:
    """Nobody reads it any more, perhaps: Python would try once more at its end, and exit with 120."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != stream.fileno():  # which it is where that one was closed
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
