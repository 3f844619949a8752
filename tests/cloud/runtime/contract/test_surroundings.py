"""What a process is given, and what it may take: nothing of the cloud's, and no more than its share."""

from __future__ import annotations

import os
import time

import pytest

from hathora_deploy.cloud.runtime.cgroup import find_cgroups
from tests.cloud.runtime.conftest import Bench, eventually


def test_a_process_is_given_its_environment_and_that_of_the_dockerfile(bench: Bench) -> None:
    reference = bench.build_game("env=MAP", "env=MODE", "env=WORLD", more="ENV MAP=dm1 MODE=dm\n")
    spec = bench.spec(reference, env={"MODE": "ctf", "WORLD": "a=b c"})
    handle = bench.start(spec)
    bench.until_says(spec, "WORLD")
    assert spec.log.read_text() == "MAP=dm1\nMODE=ctf\nWORLD=a=b c\n"
    assert handle


def test_a_process_is_not_given_the_environment_of_the_cloud(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HATHORA_TOKEN", "of the studio")
    spec = bench.spec(bench.build_game("env=HATHORA_TOKEN"))
    bench.start(spec)
    bench.until_says(spec, "HATHORA_TOKEN=None\n")


def test_nothing_that_the_cloud_knows_stands_in_the_environment_of_a_process(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HATHORA_CLOUD_DATABASE", "postgresql://cloud:hunter2@db/cloud")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    spec = bench.spec(bench.build_game("names"), env={"MAP": "dm1"})
    bench.start(spec)
    bench.until_says(spec, "names")

    usual = {"HOME", "HOSTNAME", "LANG", "LC_CTYPE", "PATH", "TMPDIR", "HATHORA_PROCESS_ID"}
    given = set(spec.log.read_text().split()) - {"names"}
    assert given - usual == {"MAP"}


def test_a_process_inherits_nothing_that_is_open_but_its_output(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("descriptors"))
    bench.start(spec)
    bench.until_says(spec, "descriptors 0 1 2\n")


def test_what_a_process_writes_beside_itself_no_other_sees(bench: Bench) -> None:
    if bench.runtime.shares_host_ports and os.geteuid() != 0:
        pytest.skip("only root's cloud can give processes files of their own")
    reference = bench.build_game("keep=saved", "keep=game.py")
    for spec in [bench.spec(reference) for _ in range(2)]:
        bench.start(spec)
        bench.until_says(spec, 'found nothing\nfound """A ga')


def test_a_process_that_takes_too_much_memory_is_told_as_such(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("eat=600"), memory_mb=64)
    ended = bench.until_exit(bench.start(spec), spec).exit
    assert ended is not None
    assert ended.describe() == "ran out of memory"


def test_a_busy_process_gets_the_cores_of_its_deployment_and_no_more(bench: Bench) -> None:
    if bench.runtime.name == "process" and find_cgroups() is None:
        pytest.skip("this user can make no cgroups, and nothing else limits cores")
    spec = bench.spec(bench.build_game("say=up", "burn=600"), cpu=0.25)
    handle = bench.start(spec)
    bench.until_says(spec, "up")

    def used() -> float:
        seconds = bench.runtime.measure(handle, spec.ports).cpu_seconds
        assert seconds is not None
        return seconds

    began = time.monotonic()
    before = used()
    eventually(lambda: used() - before > 0.5)
    after = used()
    assert (after - before) / (time.monotonic() - began) < 0.25 * 1.5


def test_standard_input_is_empty(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("stdin"))
    bench.start(spec)
    bench.until_says(spec, "stdin ''")
