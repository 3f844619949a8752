"""Control groups of either version, as far as files can tell: what they limit is in the contract suite."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hathora_deploy.cloud.runtime.cgroup import MOUNT, Cgroup, Usage, find_cgroups
from tests.cloud.runtime.conftest import eventually

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes cgroups")

MIB = 1 << 20


def unified(folder: Path, **files: str) -> Cgroup:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)
    return Cgroup((folder,), is_unified=True)


def test_a_group_of_the_second_version_is_given_its_limits(tmp_path: Path) -> None:
    names = {"cpu_max": "", "memory_max": "", "memory_swap.max": "", "pids_max": ""}
    group = unified(tmp_path / "g", **names)

    assert group.make(cpu=0.25, memory_mb=64)

    assert (tmp_path / "g" / "cpu.max").read_text() == "25000 100000"
    assert (tmp_path / "g" / "memory.max").read_text() == str(64 * MIB)
    assert (tmp_path / "g" / "memory.swap.max").read_text() == "0"


def test_a_kernel_without_a_limit_for_memory_is_told_from_one_with_it(tmp_path: Path) -> None:
    assert not unified(tmp_path / "g", cpu_max="").make(cpu=1, memory_mb=64)


def test_what_a_group_of_the_second_version_uses_is_read(tmp_path: Path) -> None:
    group = unified(
        tmp_path / "g",
        cpu_stat="usage_usec 2500000\nuser_usec 1\n",
        memory_current=str(10 * MIB),
        memory_stat=f"anon 1\ninactive_file {4 * MIB}\n",
        cgroup_procs="12\n13\n",
    )
    assert group.usage() == Usage(2.5, 6 * MIB)
    assert group.pids() == [12, 13]


def test_of_a_group_that_is_gone_nothing_is_told_and_nobody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("hathora_deploy.cloud.runtime.cgroup.time.sleep")
    group = Cgroup((tmp_path / "gone",), is_unified=True)
    assert not group.exists()
    assert group.usage() is None
    assert group.pids() == []
    group.kill()
    group.remove()


def test_controllers_are_handed_down_in_the_second_version(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    (tmp_path / "cgroup.subtree_control").touch()
    found = find_cgroups(tmp_path)
    assert found is not None
    assert found.of("p").folders == (tmp_path / "hathora-deploy" / "p",)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+pids"  # the last that was written


def test_all_that_is_in_a_real_group_of_the_second_version_ends_at_once() -> None:
    hybrid = MOUNT / "unified"
    groups = find_cgroups(hybrid if hybrid.exists() else MOUNT)
    if groups is None or not groups.is_unified:
        pytest.skip("this machine has no cgroups of the second version")
    group = groups.of(f"test-{os.getpid()}")
    group.make(cpu=1, memory_mb=64)
    (entrance,) = group.entrances
    script = f"echo 0 > {entrance}; setsid sleep 600 & exec sleep 600"
    with subprocess.Popen(["sh", "-c", script]):
        try:
            eventually(lambda: len(group.pids()) == 2)
        finally:
            group.kill()
        assert group.pids() == []
    group.remove()
    assert not group.exists()


def test_groups_that_a_cloud_left_long_ago_are_swept_away_and_new_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    old, new = (tmp_path / "hathora-deploy" / name for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (1, 1))
    find_cgroups(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)


def test_where_there_are_no_cgroups_none_are_found(tmp_path: Path) -> None:
    assert find_cgroups(tmp_path) is None
