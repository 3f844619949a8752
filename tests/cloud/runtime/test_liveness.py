from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hathora_deploy.cloud.runtime.liveness import Liveness


@pytest.fixture
def programs() -> Iterator[list[subprocess.Popen[bytes]]]:
    started = [subprocess.Popen(["sleep", "60"]) for _ in range(3)]
    yield started
    for program in started:
        program.kill()
        program.wait()


def watching(programs: list[subprocess.Popen[bytes]]) -> Liveness[int]:
    def pid_of(number: int) -> int | None:
        program = programs[number]
        return program.pid if program.poll() is None else None

    return Liveness(pid_of)


def test_those_that_have_ended_are_told(programs: list[subprocess.Popen[bytes]]) -> None:
    liveness = watching(programs)
    assert liveness.ended([0, 1, 2]) == set()

    programs[1].kill()
    programs[1].wait()

    assert liveness.ended([0, 1, 2]) == {1}
    assert liveness.ended([0, 2]) == set()


def test_one_that_had_ended_before_it_was_watched_is_told(
    programs: list[subprocess.Popen[bytes]],
) -> None:
    programs[0].kill()
    programs[0].wait()

    assert watching(programs).ended([0, 1]) == {0}


def test_one_that_nobody_has_waited_for_has_ended(programs: list[subprocess.Popen[bytes]]) -> None:
    liveness = Liveness(lambda number: programs[number].pid)
    liveness.ended([0])

    programs[0].kill()
    os.waitid(os.P_PID, programs[0].pid, os.WEXITED | os.WNOWAIT)

    assert liveness.ended([0]) == {0}


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors of programs are Linux's")
def test_what_is_watched_no_more_holds_no_descriptor(
    programs: list[subprocess.Popen[bytes]],
) -> None:
    liveness = watching(programs)

    def held() -> int:
        links = [
            str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()
        ]
        return sum("pidfd" in link for link in links)

    before = held()
    liveness.ended([0, 1, 2])
    assert held() == before + 3
    liveness.ended([2])
    assert held() == before + 1
    liveness.close()
    assert held() == before
