"""``hathora-deploy status``: what is live, what runs where, what went wrong of late."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Command
from hathora_deploy.cli.errors import Interrupted
from hathora_deploy.cli.options import TargetSettings, option, with_target
from hathora_deploy.cli.output import Output, is_terminal
from hathora_deploy.cli.target import Target, found_again, reach
from hathora_deploy.cli.values import Seconds

if TYPE_CHECKING:
    from hathora_deploy.cli.status_view import StatusView
    from hathora_deploy.cli.watching import Look
    from hathora_deploy.pipeline.app_status import AppStatus, StatusReader


@click.command(
    cls=Command,
    examples=[
        "hathora-deploy status",
        "hathora-deploy status --watch",
        "hathora-deploy status --output json",
    ],
)
@click.option("--watch", "-w", is_flag=True, help="Show it again and again, until Ctrl-C.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    default=2.0,
    show_default=True,
    help="How long --watch waits between two looks.",
)
@option(
    "--look-timeout",
    type=Seconds(),
    default=10.0,
    show_default=True,
    envvar="HATHORA_LOOK_TIMEOUT",
    help="How long --watch waits for an answer, before it shows that the cloud gives none.",
)
@with_target
def command(
    target: TargetSettings, output: Output, watch: bool, interval: float, look_timeout: float
) -> None:
    """Show what is live, what runs in each region, and what failed in the last day.

    With --watch a terminal shows it in place; a file or a pipe gets it again when it has changed,
    with --output json as an object a line.
    """
    with reach(target, output) as reached:
        from hathora_deploy.cli.status_view import StatusView
        from hathora_deploy.pipeline.app_status import StatusReader

        reader = StatusReader(selection.the_app(reached, output))
        view = StatusView(reader.app, reached.cloud.endpoint, output)
        if not watch:
            view.print(reader.read(reached.cloud, now=datetime.now(UTC)))
            return
        try:
            ask = _asking(reader, reached, target, timeout=min(look_timeout, target.call_timeout))
            _watch(ask, view, output, interval=interval)
        except Interrupted as interrupt:
            # Ctrl-C is how this ends when all is well.
            if interrupt.number != signal.SIGINT:
                raise


def _watch(
    ask: Callable[[], AppStatus], view: StatusView, output: Output, *, interval: float
) -> None:
    from hathora_deploy.cli.screen import Screen
    from hathora_deploy.cli.watching import looks

    if is_terminal(sys.stdout) and not output.is_json:
        with Screen(output) as screen:
            for look in looks(ask, interval=interval):
                screen.show(view.lines(look))
    earlier: Look[AppStatus] | None = None
    for look in looks(ask, interval=interval):
        if look.tells_more_than(earlier):
            view.print_again(look)
        earlier = look


def _asking(
    reader: StatusReader, reached: Target, target: TargetSettings, *, timeout: float
) -> Callable[[], AppStatus]:
    """Asks the cloud; the local one also where it has started anew at another address."""
    from hathora_deploy.client.errors import ConnectionError
    from hathora_deploy.client.hooks import Hooks

    # What is waited for is told on the screen, and nowhere beside it.
    cloud = reached.cloud.with_options(timeout=timeout, hooks=Hooks())

    def ask() -> AppStatus:
        nonlocal cloud
        try:
            return reader.read(cloud, now=datetime.now(UTC))
        except ConnectionError:
            if reached.is_local:
                cloud = found_again(cloud, target)
            raise

    return ask
