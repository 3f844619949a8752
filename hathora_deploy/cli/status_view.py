"""How the status of an app is shown: once, again when it has changed, or on a screen."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hathora_deploy.api.apps import Application
from hathora_deploy.cli.output import Output, has_colours, is_terminal, redacted
from hathora_deploy.cli.status_lines import Frame, status_lines
from hathora_deploy.cli.watching import Look
from hathora_deploy.pipeline.app_status import AppStatus, Failure, Group


@dataclass(frozen=True)
class StatusView:
    """An app, and where its status goes."""

    app: Application
    endpoint: str
    output: Output

    def print(self, status: AppStatus) -> None:
        """One block of lines, or one object."""
        if self.output.is_json:
            self.output.json(self._json(status))
        else:
            for line in self.lines(Look(status)):
                self.output.data(line)

    def print_again(self, look: Look[AppStatus]) -> None:
        """One of several blocks, or objects; that nobody answers is talk, or an object too."""
        if self.output.is_json:
            trouble, status = look.trouble, look.seen
            self.output.json_line(
                self._json(status)
                if status and not trouble
                else {"error": {"type": type(trouble).__name__, "message": str(trouble)}}
            )
        elif look.trouble:
            self.output.say(_away(look))
        else:
            for line in (*self.lines(look), ""):
                self.output.data(line)

    def lines(self, look: Look[AppStatus]) -> list[str]:
        """What a person sees."""
        return status_lines(
            self.app,
            look.seen,
            endpoint=self.endpoint,
            now=datetime.now(UTC),
            frame=_frame(),
            trouble=_away(look) if look.trouble else None,
            place=self.output.place,
        )

    def _json(self, status: AppStatus) -> dict[str, Any]:
        live = status.live
        return {
            "endpoint": self.endpoint,
            "appId": self.app.app_id,
            "appName": self.app.app_name,
            "live": live
            and {
                **redacted(live.deployment),
                "author": live.author,
                "imageSize": live.build and live.build.image_size,
            },
            "processes": status.load.processes,
            "rooms": status.load.rooms,
            "unlistedProcesses": status.unlisted,
            "running": [_group_json(group) for group in status.groups],
            "failures": [
                {**_failure_json(each), "command": self.output.place.completed(each.command)}
                for each in status.failures
            ],
            "warnings": [
                {"what": each.what, "command": self.output.place.completed(each.command)}
                for each in status.notices
            ],
        }


def _frame() -> Frame:
    """A terminal's; a file or a pipe gets all of it, as wide as COLUMNS says, if anything."""
    if is_terminal(sys.stdout):
        size = shutil.get_terminal_size()
        # The prompt of the shell has a line, too.
        return Frame(size.columns, size.lines - 1, has_colours(sys.stdout))
    columns = os.environ.get("COLUMNS", "")
    return Frame(width=int(columns) if columns.isdecimal() and int(columns) else None)


def _away(look: Look[AppStatus]) -> str:
    since = look.since.astimezone().strftime("%H:%M:%S") if look.since else "now"
    return f"no answer since {since}, asking again: {look.trouble}"


def _group_json(group: Group) -> dict[str, Any]:
    return {
        "region": group.region,
        "deploymentId": group.deployment_id,
        "deploymentTag": group.tag,
        "isLive": group.is_live,
        "processes": group.load.processes,
        "rooms": group.load.rooms,
        "places": group.places,
        "statuses": dict(group.statuses),
    }


def _failure_json(failure: Failure) -> dict[str, Any]:
    return {
        "processId": failure.process.process_id,
        "region": failure.process.region,
        "deploymentId": failure.process.deployment_id,
        "deploymentTag": failure.tag,
        "terminatedAt": failure.ended_at.isoformat(),
        "summaryExitReason": failure.process.summary_exit_reason,
    }
