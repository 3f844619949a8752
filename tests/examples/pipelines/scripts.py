"""What the example pipelines have a shell do, by job: read out of the files of services with no runner here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

EXAMPLES = Path(__file__).parents[3] / "examples" / "pipelines"


def jenkins() -> dict[str, list[str]]:
    text = (EXAMPLES / "Jenkinsfile").read_text(encoding="utf-8")
    stages = re.split(r"stage\('(\w+)'\)", text)[1:]
    lines = {
        name.lower(): re.findall(r"\bsh '([^'\\]*)'", body)
        for name, body in zip(stages[::2], stages[1::2], strict=True)
    }
    install = lines.pop("install")
    return {name: install + each for name, each in lines.items()}


def teamcity() -> dict[str, list[str]]:
    script = EXAMPLES / "teamcity.sh"
    return {name: [f'sh "{script}" {name}'] for name in ("plan", "deploy", "rollback")}


def buildkite() -> dict[str, list[str]]:
    steps = [step for step in read("buildkite.yml")["steps"] if "command" in step]
    return {
        step["label"].split()[-1].lower(): [line.replace("$$", "$") for line in step["command"]]
        for step in steps
    }


def azure() -> dict[str, list[str]]:
    found = dict(_scripts(read("azure-pipelines.yml")["steps"]))
    install = found.pop("install")
    return {name: [install, line] for name, line in found.items()}


def circleci() -> dict[str, list[str]]:
    config = read("circleci.yml")
    install = _runs(config["commands"]["install"]["steps"])
    return {name: install + _runs(job["steps"]) for name, job in config["jobs"].items()}


def read(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def _runs(steps: list[Any]) -> list[str]:
    return [step["run"] for step in steps if isinstance(step, dict) and "run" in step]


def _scripts(steps: list[Any]) -> Iterator[tuple[str, str]]:
    """Also those below the conditions of templates, which are keys."""
    for step in steps:
        if "script" in step:
            yield step["displayName"].lower(), step["script"]
        for value in step.values():
            if isinstance(value, list):
                yield from _scripts(value)
