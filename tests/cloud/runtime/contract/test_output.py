"""What a process writes is kept, all of it."""

from __future__ import annotations

from tests.cloud.runtime.conftest import Bench


def test_the_output_is_appended_byte_for_byte(bench: Bench) -> None:
    every_byte = bytes(range(256)) * 80
    reference = bench.build_game("bytes=" + every_byte.hex(), "say=", "exit=0")
    spec = bench.spec(reference)
    handle = bench.start(spec)
    bench.until_exit(handle, spec)
    assert spec.log.read_bytes() == every_byte + b"\n"


def test_what_a_process_complains_about_is_kept_too(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("say=out", "sleep=0.5", "complain=error", "exit=0"))
    bench.until_exit(bench.start(spec), spec)
    assert spec.log.read_text() == "out\nerror\n"


def test_nothing_of_a_long_output_is_lost_at_the_end(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("lines=20000", "exit=0"))
    bench.until_exit(bench.start(spec), spec)
    assert spec.log.read_text() == "".join(f"line {number}\n" for number in range(20000))
