"""How a process ends, and all that it has started with it."""

from __future__ import annotations

import socket

import pytest

from hathora_deploy.cloud.runtime.port import Exit
from tests.cloud.runtime.conftest import Bench, free_port, port


@pytest.mark.parametrize(
    ("word", "ended"),
    [
        ("exit=0", Exit(code=0)),
        ("exit=3", Exit(code=3)),
        ("die=9", Exit(signal=9)),
        ("die=11", Exit(signal=11)),
    ],
)
def test_it_is_told_how_a_process_ended(bench: Bench, word: str, ended: Exit) -> None:
    spec = bench.spec(bench.build_game(word))
    handle = bench.start(spec)
    assert bench.until_exit(handle, spec).exit == ended
    assert bench.runtime.observe(handle, spec).exit == ended


def test_a_process_is_asked_to_end_and_may_do_so_in_its_own_way(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("polite", "say=ready"))
    handle = bench.start(spec)
    bench.until_says(spec, "ready")
    bench.runtime.stop(handle, 20)
    assert bench.runtime.observe(handle, spec).exit == Exit(code=7)
    assert spec.log.read_text() == "ready\ngood bye\n"


def test_the_signal_of_stopsignal_is_the_one_that_asks(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("polite=SIGINT", "say=ready", more="STOPSIGNAL SIGINT\n"))
    handle = bench.start(spec)
    bench.until_says(spec, "ready")
    bench.runtime.stop(handle, 20)
    assert bench.runtime.observe(handle, spec).exit == Exit(code=7)


def test_a_process_that_does_not_listen_is_ended(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("deaf", "say=ready"))
    handle = bench.start(spec)
    bench.until_says(spec, "ready")
    bench.runtime.stop(handle, 1)
    assert bench.runtime.observe(handle, spec).exit == Exit(signal=9)


def test_stopping_and_removing_what_is_gone_is_no_error(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("exit=0"))
    handle = bench.runtime.start(spec)
    bench.until_exit(handle, spec)
    bench.runtime.stop(handle, 1)
    bench.runtime.remove(handle)
    bench.runtime.stop(handle, 1)
    bench.runtime.remove(handle)
    assert bench.runtime.observe(handle, spec).exit is not None


@pytest.mark.parametrize("leaves_by_itself", [False, True])
def test_what_forks_twice_and_clears_its_environment_still_ends_with_its_process(
    bench: Bench, leaves_by_itself: bool
) -> None:
    number, door = free_port(), free_port()
    spec = bench.spec(
        bench.build_game(f"daemon=deaf,tcp={number}", f"tcp={door}", "accept=1", "exit=0"),
        port(number, number),
        port(door, door, name="door"),
    )
    handle = bench.start(spec)
    bench.until_bound(handle, spec)
    socket.create_connection(("127.0.0.1", number), timeout=5).close()

    if leaves_by_itself:
        with socket.create_connection(("127.0.0.1", door), timeout=5):
            bench.until_exit(handle, spec)
    else:
        bench.runtime.stop(handle, 0.2)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", number), timeout=5)


def test_a_process_whose_handle_was_lost_is_found_by_its_id_and_ended(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("say=up", "runaway=sleep=600"))
    handle = bench.start(spec)
    bench.until_says(spec, "up")

    assert spec.process_id in bench.runtime.process_ids()
    bench.runtime.clear(spec.process_id)

    assert spec.process_id not in bench.runtime.process_ids()
    assert bench.runtime.observe(handle, spec).exit is not None
