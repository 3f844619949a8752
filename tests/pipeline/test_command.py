"""Commands of somebody's own, by a real shell."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.pipeline import command as command_module
from hathora_deploy.pipeline.command import CommandError, run_command

if sys.platform == "win32":
    pytest.skip("the commands are for a POSIX shell", allow_module_level=True)

PATIENCE = 30.0

Run = Callable[..., list[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(command: str | list[str], *, timeout: float = PATIENCE, **environ: str) -> list[str]:
        lines: list[str] = []
        run_command(
            command,
            folder=tmp_path,
            environment={"PATH": os.environ["PATH"], **environ},
            timeout=timeout,
            say=lines.append,
        )
        return lines

    return run


def assert_ended(number: int) -> None:
    """It is gone, or waits in vain for its parent to take notice."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        status = Path(f"/proc/{number}/stat")
        try:
            if status.parent.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
                return
            os.kill(number, 0)
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.02)
    raise AssertionError(f"process {number} goes on")


def test_a_text_is_for_the_shell_and_runs_in_the_folder(run: Run, tmp_path: Path) -> None:
    assert run("pwd; echo $GREETING >&2; touch made", GREETING="hello") == [str(tmp_path), "hello"]
    assert (tmp_path / "made").exists()


def test_words_are_taken_as_they_are(run: Run) -> None:
    assert run(["echo", "$HOME; *"]) == ["$HOME; *"]


def test_output_is_heard_before_the_command_ends(tmp_path: Path) -> None:
    def say(line: str) -> None:
        (tmp_path / "heard").touch()

    run_command(
        "echo hello; while ! test -e heard; do sleep 0.05; done",
        folder=tmp_path,
        environment=os.environ,
        timeout=PATIENCE,
        say=say,
    )


def test_any_bytes_become_lines(run: Run) -> None:
    assert run(r"printf 'a\r\n1%%\r100%%\n\377\nno end'") == ["a", "100%", "�", "no end"]
    assert [len(line) for line in run("head -c 100000 /dev/zero | tr '\\0' x")] == [65536, 34464]


def test_nothing_can_be_asked_of_a_person(run: Run) -> None:
    assert run("read answer || echo nobody; cat </dev/tty || echo no terminal")[-1] == "no terminal"


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("exit 3", "exit status 3"),
        ("kill -KILL $$", "ended by SIGKILL"),
        (["./no-such-command"], "it cannot be started: No such file or directory"),
        ("echo \0", "it cannot be started: embedded null byte"),
    ],
)
def test_a_failure_says_what_it_is(run: Run, command: str | list[str], problem: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(command)
    assert str(caught.value) == problem


def test_a_folder_that_is_gone_is_a_failure(run: Run, tmp_path: Path) -> None:
    tmp_path.rmdir()
    with pytest.raises(CommandError, match="it cannot be started"):
        run("true")


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
def test_what_takes_too_long_is_ended_with_all_that_it_has_started(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    monkeypatch.setattr(command_module, "_GRACE", 0.5)
    with pytest.raises(CommandError, match=r"it did not end within 2 s"):
        run(f"{trap}(echo $$ >first; exec sleep 600) & echo $! >second; wait", timeout=2)
    for name in ("first", "second"):
        assert_ended(int((tmp_path / name).read_text()))


def test_a_command_that_closes_its_output_is_waited_for(run: Run, tmp_path: Path) -> None:
    run("exec >&- 2>&-; sleep 0.3; touch done")
    assert (tmp_path / "done").exists()
    with pytest.raises(CommandError, match="it did not end"):
        run("exec >&- 2>&-; exec sleep 600", timeout=0.3)


def test_a_command_that_has_ended_is_not_held_up_by_what_it_leaves_running(
    run: Run, tmp_path: Path
) -> None:
    assert run("sleep 600 & echo $! >left; echo started") == ["started"]
    left = int((tmp_path / "left").read_text())
    os.kill(left, 9)  # it was still there
    assert_ended(left)


def test_what_a_command_has_said_is_heard_although_it_has_ended_meanwhile(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = command_module._read

    def late(*of: Any) -> None:  # as where the machine has much else to do
        time.sleep(0.4)
        read(*of)

    monkeypatch.setattr(command_module, "_read", late)
    assert run("echo the last word") == ["the last word"]


def test_an_interruption_ends_it(tmp_path: Path) -> None:
    numbers: list[int] = []

    def interrupt(line: str) -> None:
        numbers.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_command(
            "sleep 600 & echo $!; wait",
            folder=tmp_path,
            environment=os.environ,
            timeout=PATIENCE,
            say=interrupt,
        )
    assert_ended(numbers[0])
