"""Which reports are asked for: ``--report junit=deploy.xml``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli.options import option

if TYPE_CHECKING:
    from hathora_deploy.cli.output import Output
    from hathora_deploy.cli.reports.reporting import Reports
    from hathora_deploy.cli.reports.subject import Subject

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


def reports_of(
    about: Subject, wanted: Sequence[ReportRequest], output: Output, *, is_silent: bool = False
) -> Reports:
    """Those that are wanted, and where TeamCity reads what is printed, its own, unless ``is_silent``."""
    from hathora_deploy.cli.reports.reporting import Reports

    in_teamcity = bool(os.environ.get("TEAMCITY_VERSION")) and not is_silent
    return Reports(wanted, about, output, in_teamcity=in_teamcity)
