"""Whoever asks the process to end, it ends by the same path."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="one process sends another no such signals on Windows"
)

CLEANS_UP = """
import sys, time
from hathora_deploy.cli import boundary, commands
from hathora_deploy.cli.command import Command

def work():
    try:
        print("working", flush=True)
        time.sleep(60)
    finally:
        print("cleaning", flush=True)
        time.sleep({seconds})
        print("clean", flush=True)

commands.Root.get_command = lambda self, ctx, name: Command("apps", callback=work)
sys.exit(boundary.run(["apps"]))
"""


def start(seconds: float) -> subprocess.Popen[str]:
    program = subprocess.Popen(
        [sys.executable, "-c", CLEANS_UP.format(seconds=seconds)],
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
    program = start(seconds=0)
    program.send_signal(number)
    stdout, stderr = program.communicate(timeout=30)
    assert program.returncode == code
    assert stdout.endswith("clean\n")
    assert stderr.strip() == "interrupted"


def test_a_second_signal_does_not_break_off_the_clean_up() -> None:
    program = start(seconds=0.5)
    program.send_signal(signal.SIGINT)
    assert program.stdout is not None
    assert program.stdout.readline() == "cleaning\n"
    program.send_signal(signal.SIGINT)
    stdout, stderr = program.communicate(timeout=30)
    assert program.returncode == 130
    assert stdout.endswith("clean\n")
    assert "once more" in stderr


def test_a_third_signal_ends_it_at_once() -> None:
    program = start(seconds=60)
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
    program = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
         + CLEANS_UP.format(seconds=0)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert program.stdout is not None
    assert program.stdout.readline() == "working\n"
    program.send_signal(signal.SIGHUP)
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=30)
    assert program.returncode == 143
