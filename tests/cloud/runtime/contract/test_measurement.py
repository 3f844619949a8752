"""What is told of a process while it runs: what it uses, and who plays."""

from __future__ import annotations

import os
import socket

import psutil

from hathora_deploy.cloud.runtime.port import Measurement, Observation
from tests.cloud.runtime.conftest import Bench, eventually, free_port, port


def test_what_a_process_and_all_it_started_use_is_measured(bench: Bench) -> None:
    spec = bench.spec(
        bench.build_game("child=burn=0.2,say=child,exit=0", "burn=0.2", "eat=32", "say=parent")
    )
    handle = bench.start(spec)
    bench.until_says(spec, "child")
    bench.until_says(spec, "parent")

    used = bench.runtime.measure(handle, spec.ports)

    assert used.cpu_seconds is not None
    assert 0.4 <= used.cpu_seconds < 30
    assert used.memory is not None
    assert 32 << 20 <= used.memory < 512 << 20


def test_the_programs_of_a_process_are_told_from_all_others(bench: Bench) -> None:
    reference = bench.build_game("child=say=child", "say=parent")
    specs = [bench.spec(reference), bench.spec(reference)]
    handles = [bench.start(spec) for spec in specs]
    for spec in specs:
        bench.until_says(spec, "child")
    here = set(psutil.pids())

    first, second = (bench.runtime.members(handle, here) for handle in handles)

    assert len(first) >= 2
    assert len(second) >= 2
    assert not first & second
    assert os.getpid() not in first | second
    assert bench.runtime.members(handles[0], second | {os.getpid(), 1 << 30}) == set()
    some = set(sorted(first)[:1])
    assert bench.runtime.members(handles[0], some) == some


def test_players_are_counted_while_they_are_connected(bench: Bench) -> None:
    number = free_port()
    reference = bench.build_game(f"tcp={number}", "accept=2", "say=met")
    spec = bench.spec(reference, port(number, number))
    handle = bench.start(spec)
    exposed = bench.until_bound(handle, spec).bound["default"]
    assert bench.runtime.measure(handle, spec.ports).active_connections == 0

    players = [socket.create_connection(("127.0.0.1", exposed), timeout=5) for _ in range(2)]
    bench.until_says(spec, "met")

    assert bench.runtime.measure(handle, spec.ports).active_connections == 2
    for player in players:
        player.close()
    eventually(lambda: bench.runtime.measure(handle, spec.ports).active_connections == 0)


def test_without_a_port_that_has_connections_none_are_counted(bench: Bench) -> None:
    number = free_port(socket.SOCK_DGRAM)
    spec = bench.spec(bench.build_game(f"udp={number}"), port(number, number, "udp"))
    handle = bench.start(spec)
    bench.until_bound(handle, spec)

    assert bench.runtime.measure(handle, spec.ports).active_connections is None


def test_what_a_process_sends_is_counted_where_it_has_a_network_of_its_own(bench: Bench) -> None:
    number = free_port()
    spec = bench.spec(
        bench.build_game(f"tcp={number}", "accept=1", "send=100000"), port(number, number)
    )
    handle = bench.start(spec)
    exposed = bench.until_bound(handle, spec).bound["default"]
    with socket.create_connection(("127.0.0.1", exposed), timeout=5) as player:
        left = 100_000
        while left:
            left -= len(player.recv(left))

    sent = bench.runtime.measure(handle, spec.ports).total_egress

    assert sent is None if bench.runtime.shares_host_ports else sent is not None and sent >= 100_000


def test_of_a_process_that_has_ended_nothing_is_measured(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("exit=0"))
    handle = bench.start(spec)
    bench.until_exit(handle, spec)
    assert bench.runtime.measure(handle, spec.ports) == Measurement()

    bench.runtime.remove(handle)
    assert bench.runtime.measure(handle, spec.ports) == Measurement()


def test_a_look_without_ports_sees_only_whether_it_runs(bench: Bench) -> None:
    number = free_port()
    spec = bench.spec(bench.build_game(f"tcp={number}"), port(number, number))
    handle = bench.start(spec)
    bench.until_bound(handle, spec)

    assert bench.runtime.observe(handle, spec, ports=False) == Observation(None, {})
    bench.runtime.stop(handle, 0)
    assert bench.runtime.observe(handle, spec, ports=False).exit is not None


def test_a_glance_at_many_processes_tells_which_have_ended(bench: Bench) -> None:
    running = bench.start(bench.spec(bench.build_game("sleep=60")))
    ending = bench.start(bench.spec(bench.build_game("exit=3")))

    eventually(lambda: bench.runtime.ended([running, ending]) == {ending})
    bench.runtime.stop(running, grace=0)
    eventually(lambda: bench.runtime.ended([running, ending]) == {running, ending})
    assert bench.runtime.ended([]) == set()
