"""Whoever asks the process to end, it ends by the same path."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="one process sends another no such signals on Windows"
)

PROGRAM = """
import os, signal, sys, time
from hathora_deploy.cli import boundary, commands
from hathora_deploy.cli.command import Command
{work}
commands.Root.get_command = lambda self, ctx, name: Command("apps", callback=work)
code = boundary.run(["apps"])
{then}
sys.exit(code)
"""

CLEANS_UP = """
def work():
    try:
        print("working", flush=True)
        time.sleep(60)
    finally:
        print("cleaning", flush=True)
        sys.stdin.readline()
        print("clean", flush=True)
"""

INTERRUPTED_WHERE_ALL_IS_CAUGHT = """
import pydantic

class Model(pydantic.BaseModel):
    @pydantic.model_serializer
    def form(self):
        signal.raise_signal(signal.SIGTERM)

def work():
    Model().model_dump()
"""

INTERRUPTED_WHERE_NOTHING_CAN_BE_RAISED = """
class Dropped:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

def work():
    Dropped()
    while True:
        time.sleep(0.01)
"""


INTERRUPTED_WHEN_THE_ROOM_RUNS = """
from pathlib import Path
from hathora_deploy.api.network import ExposedPort, Region, TransportType
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.progress import reporter

def work():
    port = ExposedPort(name="default", host="h", port=1, transport_type=TransportType.UDP)
    with reporter(Output()) as progress:
        progress.room_running("room1", Region.SEATTLE, port)
    signal.raise_signal(signal.SIGTERM)
    print("running")
"""


def program_of(work: str, *, then: str = "") -> list[str]:
    return [sys.executable, "-c", PROGRAM.format(work=work, then=then)]


def start(
    *, cleaning_goes_on: bool = False, first: str = "", then: str = ""
) -> subprocess.Popen[str]:
    """It works, and cleans up until it is told on its standard input that it is done."""
    program = subprocess.Popen(
        program_of(first + CLEANS_UP, then=then),
        stdin=subprocess.PIPE if cleaning_goes_on else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "working\n"
    return program


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_it_after_cleaning_up(number: signal.Signals, code: int) -> None:
    program = start()
    program.send_signal(number)
    stdout, stderr = program.communicate(timeout=30)
    assert program.returncode == code
    assert stdout.endswith("clean\n")
    assert stderr.strip() == "interrupted"


@pytest.mark.parametrize(
    "work", [INTERRUPTED_WHERE_ALL_IS_CAUGHT, INTERRUPTED_WHERE_NOTHING_CAN_BE_RAISED]
)
def test_a_signal_is_not_lost_in_code_that_takes_it_for_a_failure(work: str) -> None:
    done = subprocess.run(program_of(work), capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr.strip() == "interrupted"
    assert done.returncode == 143


def test_a_deploy_whose_room_runs_is_not_interrupted_but_told_of() -> None:
    done = subprocess.run(
        program_of(INTERRUPTED_WHEN_THE_ROOM_RUNS, then="signal.raise_signal(signal.SIGINT)"),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "running\n", "")


def test_a_terminal_that_was_closed_keeps_nothing_from_cleaning_up() -> None:
    program = start(first="os.close(2)")
    program.send_signal(signal.SIGHUP)
    stdout, _ = program.communicate(timeout=30)
    assert program.returncode == 129
    assert stdout.endswith("clean\n")


def test_a_signal_after_the_last_word_does_not_change_the_exit_code() -> None:
    program = start(then="os.kill(os.getpid(), signal.SIGTERM)")
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=30)
    assert program.returncode == 143


def test_a_second_signal_does_not_break_off_the_clean_up() -> None:
    program = start(cleaning_goes_on=True)
    program.send_signal(signal.SIGINT)
    assert program.stdout is not None
    assert program.stdout.readline() == "cleaning\n"
    program.send_signal(signal.SIGINT)
    assert program.stderr is not None
    while "once more" not in program.stderr.readline():
        pass
    stdout, _ = program.communicate("done\n", timeout=30)
    assert program.returncode == 130
    assert stdout.endswith("clean\n")


def test_a_third_signal_ends_it_at_once() -> None:
    program = start(cleaning_goes_on=True)
    program.send_signal(signal.SIGINT)
    assert program.stdout is not None
    assert program.stdout.readline() == "cleaning\n"
    program.send_signal(signal.SIGINT)
    assert program.stderr is not None
    while "once more" not in program.stderr.readline():
        pass
    program.send_signal(signal.SIGINT)
    stdout, _ = program.communicate(timeout=30)
    assert program.returncode == 130
    assert "clean\n" not in stdout


def test_a_signal_that_the_parent_ignores_stays_ignored() -> None:
    program = start(first="signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    program.send_signal(signal.SIGHUP)
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=30)
    assert program.returncode == 143
