"""The reports of a deploy: begun before it, and written however it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.cli.errors import OutputError, SettingsError
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.reports.dotenv import dotenv, unwritable
from hathora_deploy.cli.reports.facts import Facts
from hathora_deploy.cli.reports.junit import junit_xml
from hathora_deploy.cli.reports.request import ReportFormat, ReportRequest
from hathora_deploy.cli.reports.several import SeveralReporters
from hathora_deploy.cli.reports.steps import StepLog
from hathora_deploy.cli.reports.subject import Subject
from hathora_deploy.cli.reports.teamcity import TeamCityLog
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.secret import Secret


class Reports:
    """What is written about a deploy, a promotion or a rollback."""

    def __init__(
        self, wanted: Sequence[ReportRequest], about: Subject, output: Output, *, in_teamcity: bool
    ) -> None:
        asked = {each.path: each.format for each in wanted}
        if len(asked) < len({(each.path, each.format) for each in wanted}):
            raise click.UsageError("two reports cannot be one file")
        self._files = {file: format for file, format in asked.items() if file is not None}
        self._about = about
        self._output = output
        self._began = datetime.now(UTC)
        self._facts = Facts()
        self._teamcity: TeamCityLog | None = None
        if None in asked and output.is_json:
            raise click.UsageError("--report teamcity and --output json both write to stdout")
        if None in asked or (in_teamcity and not output.is_json):
            self._teamcity = TeamCityLog(output.data, about.steps)
        self._steps: StepLog = self._teamcity or StepLog(about.steps)

    @contextmanager
    def written(self) -> Iterator[None]:
        """Write them when the block ends, also by an error. Raises SettingsError, OutputError."""
        for file, format in self._files.items():
            _require(file, format)
        try:
            yield
        except BaseException as error:
            self._steps.fail(error)
            try:
                self._write()
            except OutputError as obstacle:  # which matters less
                self._output.say(f"  warning   {obstacle}")
            raise
        self._steps.succeed()
        self._write()

    def beside(self, shown: Reporter, secrets: Iterable[Secret]) -> Reporter:
        """Who hears of the deploy, with the one that shows it. The secrets stand in no report."""
        self._steps.cover(secrets)
        return SeveralReporters(shown, self._facts, self._steps)

    def complete(self, deployed: Deployed) -> None:
        """The deploy is done, and this is what it has come to."""
        self._facts.complete(deployed)
        self._steps.succeed()

    def settle(self, live: DeploymentV3, previous: DeploymentV3 | None) -> None:
        """The promotion or the rollback is done; ``previous`` is None where it has changed nothing."""
        self._facts.settle(live, previous)
        self._steps.succeed()

    def _write(self) -> None:
        if self._teamcity:
            self._teamcity.tell_result(self._facts.values)
        for file, format in self._files.items():
            if format is ReportFormat.DOTENV:
                for name in unwritable(self._facts.values):
                    self._output.say(f"  warning   {file} is without {name}: {_WHY}")
            _replace(file, self._text(format))

    def _text(self, format: ReportFormat) -> str:
        if format is ReportFormat.DOTENV:
            return dotenv(self._facts.values)
        return junit_xml(self._steps.steps(), about=self._about, began=self._began)


_BEGINNINGS: Final = {
    ReportFormat.JUNIT: b'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="hathora-deploy"',
    ReportFormat.DOTENV: b"VERIFIED=",
}
"""Of those that there are."""
_WHY: Final = "its value has characters that pipelines and shells read differently"


def _require(file: Path, format: ReportFormat) -> None:
    """See that it can be written, now that nothing has been done yet. Raises SettingsError.

    That of an earlier deploy goes: it would be taken for this one's, and for a file of the folder.
    Any other file stays: `--report dotenv=.env` is no wish to lose what is in there.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and not _is_report(file, format):
            raise SettingsError(
                f"there is a {file}, and it is no report of a deploy",
                hint="name another file, or remove it",
            )
        _beside(file).write_bytes(_BEGINNINGS[format])
        _beside(file).unlink()
        file.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            _beside(file).unlink()
        raise SettingsError(
            f"the report {file} cannot be written: {error.strerror}",
            hint="name a file in a folder that is yours, on a disk with room",
        ) from None


def _is_report(file: Path, format: ReportFormat) -> bool:
    """Or an empty file; a device is none."""
    if not file.is_file():
        return False
    return not file.stat().st_size or file.read_bytes().startswith(_BEGINNINGS[format])


def _replace(file: Path, text: str) -> None:
    beside = _beside(file)
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(file)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise OutputError(f"the report {file} cannot be written: {error.strerror}") from None


def _beside(file: Path) -> Path:
    """What becomes the file once it is whole."""
    return file.with_name(f".{file.name}.part")
