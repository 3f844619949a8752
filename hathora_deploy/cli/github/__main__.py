"""What ``action.yml`` runs: inputs become a command line, and what comes of it outputs and a summary."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hathora_deploy.cli.boundary import guarded
from hathora_deploy.cli.errors import ExitCode
from hathora_deploy.cli.github.comment import leave_comment
from hathora_deploy.cli.github.conversation import CommentError
from hathora_deploy.cli.github.failure import NOT_TOLD, annotate
from hathora_deploy.cli.github.inputs import GITHUB_TOKEN, command_line, taken, truth
from hathora_deploy.cli.github.masks import forms_of
from hathora_deploy.cli.github.output import WorkflowOutput
from hathora_deploy.cli.github.outputs import RESULT, outputs_of
from hathora_deploy.cli.github.step_files import (
    OUTPUT,
    SUMMARY,
    StepFileError,
    step_files,
    write_outputs,
    write_summary,
)
from hathora_deploy.cli.github.summary import summary_of
from hathora_deploy.cli.text import aligned

if TYPE_CHECKING:
    from hathora_deploy.cli.output import Output

_CHANGES: Final = 2
"""What a plan ends with where a deploy would change something, which is no failure of a step."""


def main() -> int:
    """Run the action; returns the exit code of its step."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # of Windows, too: it is what a runner reads
    _keep_to_the_job(os.environ)
    run = _Run(taken(os.environ), os.environ, WorkflowOutput(sys.stdout))
    try:
        return guarded(run.command, report=run.failed, output=run.output)
    finally:
        run.output.end_group()


def _keep_to_the_job(environment: MutableMapping[str, str]) -> None:
    """A cloud of the job takes no place of another job's, and finds nothing of an earlier one."""
    if scratch := environment.get("RUNNER_TEMP"):
        environment.setdefault("HATHORA_DATA_DIR", str(Path(scratch, "hathora-cloud")))
    environment.setdefault("HATHORA_CLOUD_PORT", "0")


class _Run:
    """One run of the action."""

    def __init__(
        self, inputs: Mapping[str, str], environment: Mapping[str, str], output: WorkflowOutput
    ) -> None:
        self.output = output
        self._inputs = inputs
        self._environment = environment
        self._files = step_files(environment)
        self._broken: set[str] = set()
        """The variables of those that take nothing, once that was told."""

    def command(self, obj: Output) -> int:
        """Deploy, or go back. Raises what the command line does."""
        given = (self._inputs.get(name) for name in ("token", GITHUB_TOKEN))
        for token in (*given, self._environment.get("HATHORA_TOKEN")):
            self.output.mask(forms_of((token or "").strip()))
        for file in self._files.values():
            file.require()  # now that nothing has been done yet
        words = command_line(self._inputs)
        from hathora_deploy.cli.commands import root

        status = root.main(words, prog_name="hathora-deploy", standalone_mode=False, obj=obj)
        is_plan = truth(self._inputs, "dry-run")
        self._leave()
        if self._broken:
            return ExitCode.FAILED
        return 0 if is_plan and status == _CHANGES else int(status or 0)

    def failed(self, error: BaseException, output: Output) -> int:
        """Tell of an error where people look, and return its exit code."""
        code = annotate(error, self.output, self._inputs, self._environment)
        if isinstance(error, StepFileError):
            self._broken.add(error.variable)
        self._leave()
        return code

    def _leave(self) -> None:
        """Outputs and summary, where the runner has files for them."""
        self.output.end_group()
        result, facts = self.output.result, self.output.known
        outputs = outputs_of(result, facts)
        told = {name: value for name, value in outputs.items() if value not in ("", "false")}
        told.pop(RESULT, None)
        for line in aligned(list(told.items())):
            self.output.say(f"  {line}")
        if file := self._files.get(OUTPUT):
            with self._told():
                write_outputs(file, outputs)
        summary = summary_of(result, facts)
        if file := self._files.get(SUMMARY):
            with self._told():
                write_summary(file, summary)
        if token := self._inputs.get(GITHUB_TOKEN):
            try:
                leave_comment(
                    summary, inputs=self._inputs, token=token, environment=self._environment
                )
            except CommentError as error:  # the deploy itself is as it is
                self.output.annotate("warning", f"{error}; {error.hint}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """That a file takes nothing is no reason to leave out the other, or to say it twice."""
        try:
            yield
        except StepFileError as error:
            if error.variable not in self._broken:
                self._broken.add(error.variable)
                text = f"{error}; what the step has done stands in its log\n{error.hint}"
                self.output.annotate("error", text, title=NOT_TOLD)


if __name__ == "__main__":
    sys.exit(main())
