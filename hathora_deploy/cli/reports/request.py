"""Which reports are asked for: ``--report junit=deploy.xml``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli.options import option

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic only in the newest click


class ReportFormat(StrEnum):
    """How a report is written."""

    JUNIT = "junit"
    DOTENV = "dotenv"
    TEAMCITY = "teamcity"


@dataclass(frozen=True)
class ReportRequest:
    """A report; ``path`` is None for the one that goes to stdout."""

    format: ReportFormat
    path: Path | None = None


class ReportText(ParamType):
    """``junit=FILE``, ``dotenv=FILE`` or ``teamcity``."""

    name = "FORMAT=FILE"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        return [line.strip() for line in rv.splitlines() if line.strip()]

    def convert(self, value: Any, param: Any, ctx: Any) -> ReportRequest:
        if isinstance(value, ReportRequest):
            return value
        name, _, path = str(value).partition("=")
        if value == ReportFormat.TEAMCITY:
            return ReportRequest(ReportFormat.TEAMCITY)
        if name in (ReportFormat.JUNIT, ReportFormat.DOTENV) and path:
            return ReportRequest(ReportFormat(name), Path(path))
        return self.fail(
            f"{value} is no report: write junit=FILE, dotenv=FILE or teamcity", param, ctx
        )


with_report: Final = option(
    "--report",
    multiple=True,
    type=ReportText(),
    envvar="HATHORA_REPORT",
    help="Tell a pipeline of the deploy, also where it fails: junit=FILE has a test case a step,"
    " dotenv=FILE the ids and the address, teamcity is TeamCity's messages on stdout. May be"
    " repeated; the variable holds one a line.  [default in TeamCity: teamcity]",
)
"""The command gets ``report``, a tuple of ReportRequests."""
