"""A command of the user's ends when it is to, and takes with it what it has started."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from hathora_deploy.pipeline.command import run_command

if sys.platform == "win32":
    pytest.skip("these are lines for sh", allow_module_level=True)


def test_it_gets_the_variables_and_its_output_is_kept() -> None:
    ran = run_command('echo "$HOST"; echo gone >&2; exit 3', variables={"HOST": "a b"}, timeout=30)
    assert (ran.exit_code, ran.said) == (3, ("a b", "gone"))


def test_of_endless_output_the_end_is_kept() -> None:
    ran = run_command("seq 100000", variables={}, timeout=30)
    assert ran.exit_code == 0
    assert ran.said[-1] == "100000"
    assert len(ran.said) <= 20


def test_at_the_deadline_its_whole_group_is_ended(tmp_path: Path) -> None:
    stubborn = f"trap '' TERM; echo $$ > {tmp_path}/pid; echo waiting; sleep 600 & wait; sleep 600"
    ran = run_command(f"sh -c '{stubborn}'; true", variables={}, timeout=2)
    assert ran.exit_code is None
    assert ran.said[0] == "waiting"
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_what_it_leaves_behind_keeps_nobody_waiting() -> None:
    ran = run_command("sleep 5 & echo done", variables={}, timeout=60)
    assert (ran.exit_code, ran.said) == (0, ("done",))
