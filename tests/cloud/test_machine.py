"""What a cloud in a container may use is less than what the machine has."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from hathora_deploy.cloud import machine
from hathora_deploy.cloud.machine import this_machine


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    return tmp_path


def test_without_limits_it_is_the_whole_machine(cgroup: Path) -> None:
    (cgroup / "cpu.max").write_text("max 100000\n")
    (cgroup / "memory.max").write_text("max\n")

    here = this_machine()

    assert here.vcpus.is_integer()
    assert 1 <= here.vcpus <= (os.cpu_count() or 1)
    assert here.memory_mb == psutil.virtual_memory().total >> 20


def test_the_limits_of_a_container_hold(cgroup: Path) -> None:
    (cgroup / "cpu.max").write_text("50000 100000\n")
    (cgroup / "memory.max").write_text(f"{256 << 20}\n")

    here = this_machine()

    assert (here.vcpus, here.memory_mb) == (0.5, 256)


def test_the_limits_of_the_first_version_of_cgroups_hold_too(cgroup: Path) -> None:
    for file, text in {
        "cpu/cpu.cfs_quota_us": "25000",
        "cpu/cpu.cfs_period_us": "100000",
        "memory/memory.limit_in_bytes": str(128 << 20),
    }.items():
        (cgroup / file).parent.mkdir(exist_ok=True)
        (cgroup / file).write_text(text)

    here = this_machine()

    assert (here.vcpus, here.memory_mb) == (0.25, 128)


def test_cards_are_counted_where_their_driver_shows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(machine, "_NVIDIA", tmp_path / "gpus")
    assert this_machine().gpus == 0

    (tmp_path / "gpus" / "0000:01:00.0").mkdir(parents=True)
    assert this_machine().gpus == 1

    monkeypatch.setattr("sys.platform", "darwin")
    assert this_machine().gpus is None
