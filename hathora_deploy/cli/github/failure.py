"""An error as annotations: on the input, on the line of the Dockerfile, or on the step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from hathora_deploy.cli import settings_file
from hathora_deploy.cli.errors import (
    Interrupted,
    SettingsError,
    error_json,
    exit_code,
    hint_for,
    message_of,
)
from hathora_deploy.cli.github.dockerfile_line import failed_line, faulty_line
from hathora_deploy.cli.github.inputs import InputError, name_of
from hathora_deploy.cli.github.json_lookup import at
from hathora_deploy.cli.github.output import WorkflowOutput
from hathora_deploy.cli.github.step_files import StepFileError
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.errors import (
    AppBusyError,
    BuildFailedError,
    ContextError,
    HookFailedError,
    RollbackError,
    StartFailedError,
    UncommittedError,
    VerifyFailedError,
)
from hathora_deploy.pipeline.github_event import github_event

NOT_TOLD: Final = "The runner cannot be told"
_TITLES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (Interrupted, "Cancelled"),
    (BuildFailedError, "The build failed"),
    (VerifyFailedError, "It did not verify"),
    (StartFailedError, "It did not start"),
    (HookFailedError, "A hook failed"),
    (AppBusyError, "Another deploy has the app"),
    (UncommittedError, "Not as committed"),
    (ContextError, "The folder cannot be deployed"),
    (RollbackError, "No way back"),
    (StepFileError, NOT_TOLD),
    (SettingsError, "A setting is wrong or missing"),
)
"""The first class that fits decides."""
_NO_SECRETS: Final = "workflows of pull requests from forks get no secrets: deploy those with `local: true`, or not at all"


def annotate(
    error: BaseException,
    output: WorkflowOutput,
    inputs: Mapping[str, str],
    environment: Mapping[str, str],
) -> int:
    """Show it in the log and on the page of the run, make it the result, and return its exit code."""
    output.end_group()
    has_token = "token" in inputs or environment.get("HATHORA_TOKEN")
    if isinstance(error, SettingsError) and not has_token and _is_fork(environment):
        error.hint = _NO_SECRETS
    if isinstance(error, BuildFailedError):
        output.known.build_status = "failed"
    hint = hint_for(error, output)
    for title, message, place in _parts(error, output, inputs, environment):
        text = f"{message}\n{hint}" if hint else message
        output.annotate("error", text, **place, title=title)
    output.json(error_json(error, hint))
    return exit_code(error)


def _parts(
    error: BaseException,
    output: WorkflowOutput,
    inputs: Mapping[str, str],
    environment: Mapping[str, str],
) -> list[tuple[str, str, dict[str, str]]]:
    """Title, message and place of each annotation."""
    if isinstance(error, InputError):
        return [(f"Input {name}", why, {}) for name, why in error.problems.items()]
    message = message_of(error)
    if isinstance(error, click.BadParameter) and (name := name_of(error.param)):
        return [(f"Input {name}", error.message.rstrip("."), {})]
    title = next((title for kind, title in _TITLES if isinstance(error, kind)), "Not deployed")
    return [(title, message, _place(error, output, inputs, environment))]


def _place(
    error: BaseException,
    output: WorkflowOutput,
    inputs: Mapping[str, str],
    environment: Mapping[str, str],
) -> dict[str, str]:
    """Of a Dockerfile in the repository; nothing where the error is not of a line of it."""
    folder = Path(inputs.get("path", "."))
    if not isinstance(error, BuildFailedError | ContextError) or not folder.is_dir():
        return {}
    path = folder / _dockerfile(folder, inputs)
    try:
        text = path.read_text(encoding="utf-8")
        full, root = path.resolve(), Path(environment.get("GITHUB_WORKSPACE", ".")).resolve()
    except (OSError, UnicodeDecodeError):
        return {}
    is_build = isinstance(error, BuildFailedError)
    line = failed_line(list(output.known.build_log), text) if is_build else faulty_line(text)
    if line is None:
        return {}
    if not full.is_relative_to(root):
        return {}
    return {"file": full.relative_to(root).as_posix(), "line": str(line)}


def _dockerfile(folder: Path, inputs: Mapping[str, str]) -> str:
    if "dockerfile" in inputs:
        return inputs["dockerfile"]
    named = inputs.get("config")
    try:
        file = Path(named) if named else settings_file.find(folder)
        said = settings_file.read(file, environment=inputs.get("environment")) if file else None
    except HathoraError:
        said = None
    return str(said.values.get("dockerfile", "Dockerfile")) if said else "Dockerfile"


def _is_fork(environment: Mapping[str, str]) -> bool:
    """Whether this is for a pull request from another repository."""
    if not environment.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return False
    event = github_event(environment)
    repository = at(event, "pull_request", "head", "repo", "full_name")
    return repository not in (None, environment.get("GITHUB_REPOSITORY"))
