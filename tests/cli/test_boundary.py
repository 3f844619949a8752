"""The process boundary: what is printed where, and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hathora_deploy import __version__
from hathora_deploy.cli.commands import COMMANDS
from hathora_deploy.cli.errors import Interrupted, SelectionError, SettingsError, exit_code
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.pipeline.errors import (
    BuildFailedError,
    ContextError,
    PlanError,
    StartFailedError,
)

from .conftest import Run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ContextError("no Dockerfile"), 1),
        (CloudStartError("port in use"), 1),
        (SelectionError("which app?"), 1),
        (SettingsError("no token"), 2),
        (PlanError("a port of 0"), 2),
        (BuildFailedError("it failed", build_id="bld-1"), 3),
        (StartFailedError("it ended", deployment_id="dep-1", process_id="p-1"), 4),
        (Interrupted(2), 130),
        (Interrupted(15), 143),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code


def test_without_arguments_it_helps(run: Run) -> None:
    done = run()
    assert done.returncode == 0
    assert done.stdout == run("--help").stdout
    assert done.stderr == ""


def test_it_says_its_version(run: Run) -> None:
    assert run("--version").stdout == f"hathora-deploy {__version__}\n"


@pytest.mark.skipif(os.name == "nt", reason="there is no /bin/sh")
def test_who_has_closed_stdout_gets_an_exit_code_all_the_same() -> None:
    line = f"exec {sys.executable} -m hathora_deploy --version >&-"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["x" * 300], 2),
        (["deploy", "x" * 300], 2),
        (["deploy", ".", "--config", "x" * 300], 2),
        (["package", "x" * 300], 2),
        (["plan", "x" * 300], 1),
    ],
)
def test_a_path_that_cannot_be_looked_at_is_an_error_like_any_other(
    run: Run, words: list[str], code: int
) -> None:
    done = run(*words)
    assert done.returncode == code
    assert "cannot be looked at: File name too long\nhint: check how" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="there, nobody can remove the folder one works in")
def test_a_working_folder_that_is_gone_is_an_error_like_any_other(tmp_path: Path) -> None:
    line = f"mkdir gone && cd gone && rmdir ../gone && exec {sys.executable} -m hathora_deploy ."
    done = subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: the working folder cannot be looked at: No such file")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_table_helps(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: hathora-deploy {command}")


def test_help_imports_no_library_but_click(environment: dict[str, str]) -> None:
    heavy = ["requests", "pydantic", "git", "docker", "tqdm", "starlette", "sqlalchemy"]
    script = (
        "import sys\n"
        "from hathora_deploy.__main__ import main\n"
        "sys.argv = ['hathora-deploy', '--help']\n"
        "main()\n"
        f"sys.exit(','.join(name for name in {heavy!r} if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


def test_a_word_close_to_a_command_is_corrected(run: Run) -> None:
    done = run("procesess")
    assert done.returncode == 2
    assert "did you mean 'processes'?" in done.stderr
    assert "hint: hathora-deploy --help" in done.stderr


def test_a_missing_folder_is_named(run: Run) -> None:
    done = run("./sever")
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no folder './sever'")


@pytest.mark.parametrize("words", [[""], ["deploy", ""], ["builds", "create", ""], ["init", ""]])
def test_an_empty_name_of_a_folder_is_not_the_working_folder(run: Run, words: list[str]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the folder's name is empty\nhint: ")


def test_a_missing_folder_after_options_is_named(run: Run) -> None:
    done = run("--local", "sever")
    assert done.returncode == 2
    assert "there is no folder 'sever'" in done.stderr


def test_a_command_after_options_is_told_where_it_goes(run: Run) -> None:
    done = run("--output", "json", "processes")
    assert done.returncode == 2
    assert "goes before its options" in done.stderr


def test_a_word_close_to_a_command_of_a_group_is_corrected(run: Run) -> None:
    done = run("processes", "strat")
    assert done.returncode == 2
    assert "did you mean 'start'?" in done.stderr


def test_an_unknown_option_is_refused_with_the_help_to_read(run: Run) -> None:
    done = run("processes", "--fleet")
    assert done.returncode == 2
    assert "--fleet" in done.stderr
    assert "hint: hathora-deploy processes list --help" in done.stderr


def test_an_option_that_lacks_its_value_is_refused_with_the_help_to_read(run: Run) -> None:
    refused = run("logs", "--app-id")
    assert (refused.returncode, refused.stderr) == (
        2,
        "error: option '--app-id' requires an argument\nhint: hathora-deploy logs --help\n",
    )


def test_an_error_goes_to_stderr_and_leaves_stdout_empty(run: Run) -> None:
    done = run("apps", CI="true")
    assert done.returncode == 2
    assert done.stdout == ""
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: HATHORA_TOKEN is not set, nor is HATHORA_CLOUD_ENDPOINT")
    assert hint.startswith("hint: ")


def test_an_error_is_one_json_object_on_stdout_when_json_is_wanted(run: Run) -> None:
    done = run("apps", "--output", "json", CI="true")
    error = json.loads(done.stdout)["error"]
    assert error["type"] == "SettingsError"
    assert error["exitCode"] == done.returncode == 2
    assert "HATHORA_TOKEN" in error["message"]
    assert error["hint"]
    assert done.stderr.startswith("error: ")


def test_a_broken_settings_file_is_a_json_error_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hathora.toml").write_text("[app")
    done = run("apps", HATHORA_OUTPUT="json")
    assert "hathora.toml is not TOML" in json.loads(done.stdout)["error"]["message"]


def test_a_defect_keeps_its_traceback(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import hathora_deploy.cli.target as target\n"
        "def broken(*_, **__): raise ZeroDivisionError('a defect')\n"
        "target.choose = broken\n"
    )
    done = run("apps", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ZeroDivisionError: a defect" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGPIPE and no /dev/full")
def test_a_reader_who_leaves_is_no_error(environment: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "hathora_deploy", "--help"],
            env=environment,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.stderr == b""


def test_a_terminal_that_lacks_a_character_is_no_error(run: Run) -> None:
    done = run("./s→v", PYTHONIOENCODING="latin-1")
    assert done.returncode == 2
    assert "./s?v" in done.stderr
