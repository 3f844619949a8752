from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from hathora_deploy.cloud.archive.inspection import inspect
from hathora_deploy.cloud.archive.limits import ArchiveLimits, bound_of
from hathora_deploy.cloud.errors import BuildFailed
from tests.cloud.runtime.archives import pack

MIB = 1 << 20


@pytest.mark.parametrize(
    ("archive_size", "free", "size", "said"),
    [
        (1, None, 1 << 30, "200 times"),
        (10 * MIB, None, 2000 * MIB, "200 times"),
        (1 << 30, None, 32 << 30, "32,768 MiB that this cloud allows"),
        (1 << 30, 164 * MIB, 100 * MIB, "the disk is full"),
        (1, 0, 0, "the disk is full"),
    ],
)
def test_the_tightest_bound_counts_and_says_which_it_is(
    archive_size: int, free: int | None, size: int, said: str
) -> None:
    bound = bound_of(ArchiveLimits(), archive_size=archive_size, free=free)
    assert bound.size == size
    assert said in bound.message
    assert bound.hint


@pytest.mark.parametrize(
    ("limits", "free", "said"),
    [
        (ArchiveLimits(unpacked=MIB), None, "more than the 1 MiB that this cloud allows"),
        (ArchiveLimits(entries=3), None, "more than 3 files and folders"),
        (ArchiveLimits(), 65 * MIB, "the disk is full: .* more than the 1 MiB left"),
    ],
    ids=["unpacked", "entries", "disk"],
)
def test_an_archive_beyond_a_limit_is_refused(
    tmp_path: Path, limits: ArchiveLimits, free: int | None, said: str
) -> None:
    files: dict[str, bytes | str] = {"Dockerfile": "", "a/b": os.urandom(2 * MIB), "c": ""}
    archive = pack(tmp_path / "a.tgz", files)
    with pytest.raises(BuildFailed, match=said):
        inspect(archive, limits=limits, free=free, cancelled=threading.Event())
    inspect(archive, limits=ArchiveLimits(entries=4), cancelled=threading.Event())
