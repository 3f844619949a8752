"""What ``nvidia-smi`` tells of programs, and what becomes of it when it tells nothing.

No machine of the tests has a card: a small program that prints the real formats stands in.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from hathora_deploy.cloud import gpus, machine
from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.gpus import Gpus, GpuUse, told, total
from tests.cloud.handlers.conftest import eventually
from tests.cloud.nvidia import Nvidia, stand_in

MIB = 1 << 20
EVERY = """\
# gpu         pid   type     sm    mem    enc    dec    jpg    ofa     fb   ccpm    command
# Idx           #    C/G      %      %      %      %      %      %     MB     MB    name
    0       4711     C     45     12      -      -      -      -   1024      0    game server
    0       4712   C+G      -      -      -      -      -      -    137      0    idle
    1       4711     G     80     40      -      -      -      -    512      0    game server
    2          -     -      -      -      -      -      -      -      -      -    -
"""
OLDER = """\
# gpu        pid  type    sm   mem   enc   dec    fb   command
# Idx          #   C/G     %     %     %     %    MB   name
    0       4711     C    99    40     -     -   300   game
"""


def answer(cards: Gpus) -> Mapping[int, GpuUse]:
    with suppress(CloudError):
        return cards.uses()
    return {}


@pytest.fixture
def nvidia(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nvidia:
    return stand_in(tmp_path / "nvidia", monkeypatch)


def test_a_program_has_the_sum_over_all_cards_whether_it_computes_or_draws() -> None:
    assert told(EVERY, "") == {
        4711: GpuUse(1536 * MIB, 1.25),
        4712: GpuUse(137 * MIB, 0),
    }


def test_the_columns_of_older_drivers_are_read_by_their_names() -> None:
    assert told(OLDER, "") == {4711: GpuUse(300 * MIB, 0.99)}


def test_of_a_slice_of_a_card_the_memory_is_known_alone_and_nothing_counts_twice() -> None:
    computing = "4711, 1024\n4711, 512\n99, 2048\n99, 1\n5, [N/A]\n"

    assert told(EVERY, computing) == {
        4711: GpuUse(1536 * MIB, 1.25),
        4712: GpuUse(137 * MIB, 0),
        99: GpuUse(2049 * MIB, None),
        5: GpuUse(None, None),
    }


@pytest.mark.parametrize(
    "nonsense",
    [
        "No devices were found\n",
        "    0       4711     C     45     12\n",
        "# gpu\n# gpu pid\n# gpu pid type sm\n 0 ٣ C 1\n 0 -5 C 1\n 0 99999999999999999999 C 1\n",
        "\x00\ufffd,,,\n,\n # gpu pid",
        "Failed to initialize NVML: Driver/library version mismatch\n",
    ],
)
def test_nonsense_tells_nothing(nonsense: str) -> None:
    assert told(nonsense, nonsense) == {}


def test_what_is_not_known_of_any_is_not_known_of_several() -> None:
    assert total([]) == GpuUse()
    assert total([GpuUse(1, None), GpuUse(None, 0.5), GpuUse(2, 0.25)]) == GpuUse(3, 0.75)


def test_both_questions_are_asked_once_for_all_programs(nvidia: Nvidia) -> None:
    nvidia.prints(every=EVERY, computing="99, 7\n")

    assert Gpus().uses().keys() == {4711, 4712, 99}
    assert [question.split()[0] for question in nvidia.asked] == [
        "pmon",
        "--query-compute-apps=pid,used_gpu_memory",
    ]


def test_one_answer_is_enough(nvidia: Nvidia) -> None:
    (nvidia.folder / "computing").write_text("99, 7\n")  # to the other question it fails

    assert Gpus().uses() == {99: GpuUse(7 * MIB, None)}


def test_without_a_card_nothing_is_run(nvidia: Nvidia) -> None:
    nvidia.prints(every=EVERY)
    (nvidia.folder / "cards" / "0000:01:00.0").rmdir()

    assert Gpus().uses() == {}
    assert nvidia.asked == []


def test_in_a_container_whose_programs_have_other_numbers_nothing_is_run(
    nvidia: Nvidia, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia.prints(every=EVERY)
    monkeypatch.setattr(gpus, "_OUTERMOST", 1)

    assert Gpus().uses() == {}
    assert nvidia.asked == []


def test_a_program_that_fails_or_is_absent_is_told_of(
    nvidia: Nvidia, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia.becomes("#!/bin/sh\necho 'Failed to initialize NVML: Unknown Error'; exit 255\n")
    with pytest.raises(CloudError, match="nvidia-smi fails, or takes too long"):
        Gpus().uses()

    monkeypatch.setenv("PATH", str(nvidia.folder / "cards"))
    with pytest.raises(CloudError, match="nvidia-smi does not start: No such file"):
        Gpus().uses()


def test_a_slow_program_is_given_up_and_asked_again_the_next_time(nvidia: Nvidia) -> None:
    cards = Gpus(patience=0.5)
    nvidia.becomes("#!/bin/sh\nexec sleep 600\n")
    with pytest.raises(CloudError, match="takes too long"):
        cards.uses()

    nvidia.becomes("#!/bin/sh\necho '99, 7'\n")

    eventually(lambda: answer(cards), lambda uses: uses == {99: GpuUse(7 * MIB, None)})


def test_while_a_driver_that_hangs_holds_on_to_the_program_no_other_is_started(
    nvidia: Nvidia, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = Gpus(patience=0.5)
    nvidia.becomes(f"#!/bin/sh\necho $$ >> {nvidia.folder}/asked\nexec sleep 600\n")
    with monkeypatch.context() as hanging:
        hanging.setattr("subprocess.Popen.kill", lambda *_: None)
        eventually(lambda: answer(cards), lambda _: bool(nvidia.asked))
    for _ in range(2):
        with pytest.raises(CloudError, match="was killed, and does not end"):
            cards.uses()
    (pid,) = map(int, nvidia.asked)

    os.kill(pid, signal.SIGKILL)
    nvidia.becomes("#!/bin/sh\necho '99, 7'\n")

    eventually(lambda: answer(cards), lambda uses: uses == {99: GpuUse(7 * MIB, None)})


def test_a_machine_that_does_not_say_has_no_cards(
    nvidia: Nvidia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_NVIDIA", nvidia.folder / "none")

    assert Gpus().uses() == {}
    assert nvidia.asked == []
