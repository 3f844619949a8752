"""A build, whichever runtime makes it: what becomes of an archive, and why it may fail."""

from __future__ import annotations

import re

import pytest

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed, ProcessStartFailed
from tests.cloud.runtime.archives import GAME, game_dockerfile, inspected
from tests.cloud.runtime.conftest import BASE_IMAGE, Bench

STEP = r"(?:Step \d+/\d+ : |\[\d+/\d+\] )(\w+)"


@pytest.mark.parametrize("prefix", ["", "./"])
def test_an_archive_becomes_an_artifact_with_a_size(bench: Bench, prefix: str) -> None:
    dockerfile = game_dockerfile(base=BASE_IMAGE)
    archive = bench.pack({"Dockerfile": dockerfile, "game.py": GAME.read_bytes()}, prefix=prefix)
    artifact = bench.runtime.build("bld-1", inspected(archive), bench.log.append, bench.cancelled)
    bench.references.append(artifact.reference)
    assert artifact.size >= GAME.stat().st_size


def test_the_log_of_a_build_shows_each_step(bench: Bench) -> None:
    bench.build_game("exit=0")
    steps = [found[1] for line in bench.log if (found := re.match(STEP, line))]
    assert steps[:3] == ["FROM", "WORKDIR", "COPY"]
    assert not any("\n" in line for line in bench.log)


def test_an_archive_without_a_dockerfile_fails_the_build_and_says_so(bench: Bench) -> None:
    with pytest.raises(BuildFailed, match="Dockerfile"):
        bench.build({"game.py": b""})


def test_a_file_that_is_not_in_the_archive_fails_the_build_by_name(bench: Bench) -> None:
    with pytest.raises(BuildFailed, match=r"missing\.bin"):
        bench.build({"Dockerfile": f'FROM {BASE_IMAGE}\nCOPY missing.bin /\nCMD ["x"]\n'})


def test_an_archive_that_is_cut_short_fails_the_build(bench: Bench) -> None:
    archive = bench.pack(
        {"Dockerfile": f'FROM {BASE_IMAGE}\nCMD ["x"]\n', "a": bytes(range(256)) * 99}
    )
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(BuildFailed):
        bench.runtime.build("bld-1", inspected(archive), bench.log.append, bench.cancelled)


def test_a_build_that_is_cancelled_says_so(bench: Bench) -> None:
    bench.cancelled.set()
    with pytest.raises(BuildCancelled):
        bench.build_game("exit=0")


def test_an_artifact_is_discarded_once_and_again_silently(bench: Bench) -> None:
    reference = bench.build_game("exit=0")
    bench.runtime.discard(reference)
    bench.runtime.discard(reference)
    with pytest.raises(ProcessStartFailed):
        bench.runtime.start(bench.spec(reference))


def test_artifacts_that_no_build_has_any_more_are_pruned(bench: Bench) -> None:
    kept, left = bench.build_game("exit=0"), bench.build_game("exit=0", more="ENV LEFT=1\n")
    bench.runtime.prune({kept})

    spec = bench.spec(kept)
    bench.until_exit(bench.start(spec), spec)
    with pytest.raises(ProcessStartFailed):
        bench.runtime.start(bench.spec(left))
